/** Samples of tools and their receipts, for the golden files. */
const hex = (digit: string) => digit.repeat(64);
const HOTKEY = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const AT = 1_790_000_000_000;
const SIGNATURE = `0x${"5a".repeat(64)}`;
const BLOB = { sha256: hex("a"), size: 8_388_608, mediaType: "text/plain" };

const toolProfile = {
  tools: ["llm_chat", "search_web"],
  models: ["openai/gpt-oss-20b"],
  budget: { nanoUsd: 50_000_000, tokens: 200_000, calls: 64, bytes: 4_194_304, wallMs: 120_000 },
  parallel: 8,
  tape: BLOB,
};
const toolEvidence = {
  receipts: BLOB,
  head: hex("4"),
  calls: 3,
  failed: 1,
  spent: { nanoUsd: 7_500_000, tokens: 812, bytes: 20_480 },
};
const toolReceiptDetails = [
  {
    tool: "search_web",
    origin: "provider",
    provider: "desearch",
    prices: "caster-2026-01#0123456789ab",
    usage: { promptTokens: 0, completionTokens: 0, reasoningTokens: 0, results: 1 },
    assumed: false,
    beyond: 0,
    results: [{ index: 0, result_id: "0f".repeat(16), url: "https://example.org/a", title: "A", note: null }],
    sizes: { request: 80, response: 2_048 },
    wallMs: 412,
  },
  {
    tool: "llm_chat",
    model: "openai/gpt-oss-20b",
    origin: "provider",
    provider: "llm",
    prices: "caster-2026-01#0123456789ab",
    usage: { promptTokens: 90, completionTokens: 40, reasoningTokens: 12, results: 0 },
    assumed: true,
    beyond: 250,
    results: [],
    sizes: { request: 300, response: 0 },
    wallMs: 30_000,
    failure: { code: "timeout", message: "no answer in time", retryable: true, owner: "provider" },
  },
  {
    tool: "llm_chat",
    model: "openai/gpt-oss-20b",
    origin: "tape",
    provider: null,
    answeredBy: { source: "weights", model: "smollm2", card: hex("c"), fingerprint: "fp_1" },
    prices: "caster-2026-01#0123456789ab",
    usage: { promptTokens: 90, completionTokens: 40, reasoningTokens: 0, results: 0 },
    assumed: false,
    beyond: 0,
    results: [],
    sizes: { request: 300, response: 900 },
    wallMs: 12,
  },
];

export const TOOL_SAMPLES = {
  "receipt-book": [
    {
      version: 1,
      session: "s-1",
      receipts: [
        {
          session: "s-1",
          seq: 0,
          prev: hex("0"),
          kind: "session.open",
          request: hex("1"),
          response: null,
          failure: null,
          detail: { profile: toolProfile },
          at: AT,
          signer: HOTKEY,
          signature: SIGNATURE,
        },
      ],
    },
  ],
  "tool-evidence": [toolEvidence],
  "tool-profile": [
    toolProfile,
    {
      tools: ["test_tool"],
      models: [],
      budget: { nanoUsd: 0, tokens: 0, calls: 1, bytes: 1, wallMs: 1 },
    },
  ],
  "tool-receipt-detail": toolReceiptDetails,
} as const;
