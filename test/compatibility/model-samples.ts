/** One value of every message of models: what older and newer nodes must go on reading. */
const hex = (digit: string): string => digit.repeat(64);
const AT = 1_760_000_000_000;

const context = { sha256: hex("a"), size: 8_000_000, mediaType: "text/plain" };
const snapshot = { blob: { sha256: hex("b"), size: 2_097_216 }, tokens: 2_000_000, weights: hex("c") };
const prompt = { type: "prompt", prompt: [{ type: "text", text: "The code of river-stone-482 :=" }] };
const usage = {
  ...{ promptTokens: 2_000_009, completionTokens: 3, cachedTokens: 2_000_000, droppedTokens: 0, passes: 1 },
  ...{ prefillMs: 12.5, decodeMs: 4.25 },
};
const sampling = {
  ...{
    temperature: 0,
    topP: 1,
    topK: 0,
    minP: 0,
    frequencyPenalty: 0,
    presencePenalty: 0,
    repetitionPenalty: 1,
  },
  ...{ stop: [], ignoreEnd: false },
};
const conversation = {
  type: "messages",
  messages: [
    { role: "system", content: [{ type: "text", text: "Be brief." }] },
    { role: "user", content: [{ type: "text-ref", blob: context }] },
    {
      role: "assistant",
      content: [],
      toolCalls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }],
    },
    { role: "tool", content: [{ type: "text", text: "42" }], toolCallId: "c1", name: "f" },
  ],
  tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
  toolChoice: "auto",
  responseFormat: { type: "json_object" },
};
export const MODEL_CARD = {
  ...{
    id: "smollm2",
    revision: "0.1.2",
    summary: "A small model.",
    licence: "Apache-2.0",
    architecture: "llama",
  },
  ...{
    parameters: 134_515_008,
    weights: hex("d"),
    tokenizer: hex("e"),
    vocabulary: 49_152,
    contextLength: 8_192,
  },
  ...{ dtype: "q8/f32", device: "cpu", backend: "onnx", versions: { onnxruntime: "1.30.0" } },
  state: { fixedBytes: 0, bytesPerToken: 46_080 },
  can: { embed: false, score: true, snapshot: true, tools: false },
};
const embedding = { dimensions: 576, pooling: "mean", shortens: false };
const chosen = { token: 19_556, logprob: -0.25, top: [{ token: 19_556, text: "Hello", logprob: -0.25 }] };

/** A step of a challenge. */
export const MODEL_QUESTION = {
  ...{ model: "smollm2", context: [], input: { type: "tokens", tokens: [504, 905, 7, 8] } },
  sampling: { ...sampling, logprobs: 0, ignoreEnd: true },
  limits: { maxTokens: 8, overflow: "refuse" },
  ...{ seed: 0, snapshot: false },
};
export const INFERENCE_EVIDENCE = {
  ...{ type: "inference", outcome: "ok", model: "smollm2", promptTokens: 40 },
  transcript: { sha256: hex("7"), size: 4_096, mediaType: "application/json" },
  seed: hex("8"),
  checked: [{ position: 44, token: 905, logprob: -0.25, own: -0.255, best: -0.25 }],
  ...{ firstTokenMs: [120.5, 30], stepMs: [180.25, 90] },
  ...{ claimed: MODEL_CARD, own: MODEL_CARD },
};

export const MODEL_SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  "model.generate.input": [
    {
      request: {
        ...{ model: "smollm2", context: [], input: prompt, seed: 0, snapshot: false },
        sampling,
        limits: { maxTokens: 256, overflow: "refuse" },
      },
    },
    {
      caller: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
      request: {
        model: "Qwen/Qwen3-Next-80B-A3B-Thinking",
        context: [context],
        input: conversation,
        sampling: { ...sampling, temperature: 0.7, topP: 0.9, topK: 40, stop: ["\n\n"], logprobs: 3 },
        limits: { maxTokens: 512, maxPromptTokens: 4_000_000, overflow: "truncate-middle" },
        seed: 7,
        resume: snapshot,
        snapshot: true,
      },
    },
  ],
  "model.generate.output": [
    { type: "prefill", seq: 0, done: 4_096, total: 2_000_009 },
    { type: "tokens", seq: 1, tokens: [19_556], text: "Hello", logprobs: [chosen] },
    { type: "tool-calls", seq: 2, calls: [{ id: "c1" }] },
    { type: "end", seq: 3, finishReason: "stop", usage, snapshot },
  ],
  "model.score.input": [
    {
      caller: "validator-3",
      request: {
        ...{ model: "smollm2", context: [], positions: [1, 2], top: 2 },
        input: { type: "tokens", tokens: [1, 2, 3] },
      },
    },
  ],
  "model.score.output": [
    {
      tokens: 3,
      scores: [
        { position: 1, ...chosen },
        { position: 2, token: null, text: " b", logprob: -9_999, top: [] },
      ],
      usage,
    },
    { tokens: 2, first: { token: 1, text: "a" }, scores: [{ position: 1, ...chosen }], usage },
  ],
  "model.embed.input": [
    { request: { model: "minilm", inputs: [[{ type: "text", text: "a" }]] } },
    {
      caller: "key_alice",
      request: { model: "qwen3-embedding", inputs: [{ type: "tokens", tokens: [9, 8] }], dimensions: 256 },
    },
  ],
  "model.embed.output": [{ vectors: [[0.5, -0.25]], usage }],
  "model.tokenize.input": [{ request: { model: "smollm2", context: [context], input: prompt } }],
  "model.tokenize.output": [
    { count: 2, tokens: { type: "inline", tokens: [19_556, 905] } },
    { count: 2_000_000, tokens: { type: "blob", blob: { sha256: hex("f"), size: 8_000_000 } } },
  ],
  "model.report.input": [
    {
      ...{
        actor: "model-1-0",
        node: "model-1",
        at: AT,
        card: MODEL_CARD,
        status: "ready",
        slots: 2,
        running: 1,
        waiting: 3,
      },
      ...{ memoryUsage: 0.5, labels: { gpu: "none", threads: "2" } },
    },
    {
      ...{
        actor: "model-2-0",
        node: "model-2",
        at: AT,
        status: "unloaded",
        slots: 1,
        running: 0,
        waiting: 0,
      },
      card: { ...MODEL_CARD, can: { ...MODEL_CARD.can, embed: true }, embedding },
      ...{ memoryUsage: 0, labels: {} },
    },
    {
      ...{ actor: "model-3-0", node: "model-3", at: AT, card: MODEL_CARD, status: "ready", slots: 4 },
      ...{ running: 1, waiting: 0, memoryUsage: 0.25, labels: {} },
      work: {
        ...{ answers: 12, failed: 1, promptTokens: 2_000_009, completionTokens: 340 },
        firstTokenMs: { p50: 41.5, p95: 1_200 },
      },
    },
  ],
  "model.kept.input": [{ link: hex("9"), snapshot }],
};
