/** One or more meaningful values of every message body. They become golden files once, and stay for ever. */
import type { z } from "zod";
import type { VOCABULARY } from "../../protocol/schemas.ts";
import { INFERENCE_EVIDENCE, MODEL_CARD, MODEL_QUESTION, MODEL_SAMPLES } from "./model-samples.ts";
import { TOOL_SAMPLES } from "./tool-samples.ts";

const hex = (digit: string) => digit.repeat(64);
const HOTKEY = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const COLDKEY = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const AT = 1_790_000_000_000;
const SIGNATURE = `0x${"5a".repeat(64)}`;

const blob = { sha256: hex("a"), size: 8_388_608, mediaType: "text/plain" };
const smallBlob = { sha256: hex("b"), size: 0 };
const key = {
  subnet: "longcontext",
  round: 12,
  task: "code-3",
  submission: "u17-0123456789abcdef",
  attempt: 1,
};
const limits = {
  wallMs: 10_000,
  cpuMs: 5_000,
  fuel: 5_000_000_000,
  memoryBytes: 268_435_456,
  outputBytes: 1_048_576,
  processes: 32,
  diskBytes: 16_777_216,
};
const files = { "main.py": "def solve(x):\n    return x['a'] + 1\n", "lib/util.py": "# grüße ✓\n" };
const program = { runtime: "python", entry: "main.py", files };
const content = [
  {
    type: "text",
    text: "Which paper introduced the gate? Answer in one line.\n“quoted” \u0000 \ud83d\ude00",
  },
  { type: "text-ref", blob },
  { type: "image", blob: smallBlob, alt: "a chart" },
  { type: "file", blob: smallBlob, name: "table.csv" },
];
const usage = { wallMs: 12.5, cpuMs: 11.25, fuel: 1_234_567, peakBytes: 9_437_184 };
const caseOk = {
  outcome: "ok",
  output: { answer: [1, -2.5, null, "x"] },
  stdout: "hello\n",
  stderr: "",
  usage,
};
const caseTimeout = {
  outcome: "timeout",
  detail: "stopped after 10 s",
  stdout: "",
  stderr: "Traceback",
  usage: { wallMs: 10_000, cpuMs: null, fuel: null, peakBytes: null },
};
const isolate = {
  backend: "wasmtime",
  engine: "wasmtime 39.0.1",
  runtime: "python",
  digest: hex("c"),
  limits,
};
const publicTask = {
  id: "doc-1",
  subnet: "longcontext",
  round: 12,
  validator: 3,
  kind: "document",
  content,
  body: { dataset: "qasper", length: 32_000 },
  deadline: AT,
};
const runJob = {
  key,
  uid: 17,
  program: blob,
  runtime: "python",
  entry: "main.py",
  call: "solve",
  cases: smallBlob,
  limits,
  loop: false,
  seed: 4_294_967_295,
  deadline: AT,
};
const verdict = { outcome: "wrong", accuracy: 0.25, reward: 0.3, detail: { passed: 2, of: 8 } };
const score = { ...verdict, key, uid: 17, kind: "code" };
const evidenceRef = { key, uid: 17, evidence: blob };
const evidences = [
  {
    key,
    uid: 17,
    observed: { type: "program", run: { cases: [caseOk, caseTimeout], isolate } },
    node: "sandbox-1",
    at: AT,
  },
  {
    key,
    uid: 17,
    observed: {
      type: "answer",
      outcome: "ok",
      content,
      usage: { firstTokenMs: 41.5, totalMs: 900, chunks: 3, bytes: 812 },
    },
    node: "validator-3",
    at: AT,
  },
  {
    key,
    uid: 17,
    observed: {
      type: "answer",
      outcome: "timeout",
      content: [],
      detail: "no answer before the deadline",
      usage: { firstTokenMs: null, totalMs: 30_000, chunks: 0, bytes: 0 },
    },
    node: "validator-3",
    at: AT,
  },
  {
    key,
    uid: 17,
    observed: { type: "program", run: { cases: [caseOk], isolate }, tools: TOOL_SAMPLES["tool-evidence"][0] },
    node: "sandbox-1",
    at: AT,
  },
  { key, uid: 17, observed: INFERENCE_EVIDENCE, node: "validator-3", at: AT },
];
const submission = {
  id: "u17-0123456789abcdef",
  subnet: "longcontext",
  round: 12,
  uid: 17,
  hotkey: HOTKEY,
  digest: hex("d"),
  program: blob,
  acceptedAt: AT,
};
const vector = { uids: [1, 17, 65_535], values: [1, 32_000, 65_535] };
const weightEvidence = {
  subnet: "longcontext",
  netuid: 24,
  epoch: 7,
  round: 12,
  hotkey: HOTKEY,
  vector,
  ledger: { seq: 90_210, hash: hex("e") },
  metagraph: { block: 5_000_000, hash: `0x${hex("f")}` },
  at: AT,
  signature: SIGNATURE,
};
const metagraph = {
  netuid: 24,
  block: 5_000_000,
  hash: `0x${hex("f")}`,
  neurons: [
    {
      uid: 0,
      hotkey: HOTKEY,
      coldkey: COLDKEY,
      stake: 1_234.5,
      validatorPermit: true,
      registeredAt: 1,
      lastUpdate: 4_999_900,
    },
    {
      uid: 17,
      hotkey: COLDKEY,
      coldkey: COLDKEY,
      stake: 0,
      validatorPermit: false,
      registeredAt: 4_000_000,
      lastUpdate: 0,
    },
  ],
};
const weightRules = {
  block: 5_000_000,
  hash: `0x${hex("f")}`,
  at: AT,
  blockTimeMs: 12_000,
  epoch: 7,
  exists: true,
  neurons: 256,
  uid: 3,
  owner: false,
  permit: true,
  stakeRao: "18446744073709551615",
  stakeThresholdRao: "0",
  versionKey: "10002000",
  minWeights: 8,
  maxWeight: 65_535,
  lastUpdate: 4_999_900,
  rateLimit: 100,
  commitReveal: null,
};
const weightsSent = {
  epoch: 7,
  round: 12,
  attempt: 1,
  step: "set",
  method: "set",
  why: "commit-reveal is off on this subnet",
  uid: 3,
  row: { uids: [1, 2], values: [65_535, 0] },
  hotkeys: [HOTKEY, COLDKEY],
  versionKey: "1",
  signed: {
    netuid: 24,
    hotkey: HOTKEY,
    bytes: "0x0102",
    hash: `0x${hex("d")}`,
    nonce: 0,
    born: 5_000_000,
    dies: 5_000_064,
  },
};
const head = { block: 5_000_000, hash: `0x${hex("f")}` };
const poolStatus = { node: "sandbox-1", backend: "wasmtime", running: 1, slots: 4, completed: 88 };
const conclusions = [
  { key, uid: 17, kind: "code", outcome: "wrong", score, evidence: blob },
  {
    key,
    uid: 17,
    kind: "code",
    outcome: "infra",
    score: null,
    evidence: null,
    detail: "the sandbox went away",
  },
];
const failures = [
  {
    code: "overloaded",
    message: "mailbox of sandbox is full",
    retryable: true,
    owner: "infra",
    retryAfterMs: 250,
  },
  {
    code: "limit",
    message: "output is larger than 1048576 bytes",
    retryable: false,
    owner: "miner",
    hint: "Return less.",
    meta: { bytes: 2_000_000, limit: 1_048_576, stream: "stdout", final: true, next: null },
    cause: { code: "defect", message: "EPIPE", retryable: false, owner: "validator" },
  },
];

const vocabulary: Record<keyof typeof VOCABULARY, readonly unknown[]> = {
  "blob-ref": [blob, smallBlob],
  "case-result": [caseOk, caseTimeout],
  content: [content, []],
  "enrol-challenge": [{ nonce: "n0nce", serverTime: AT, expiresAt: AT + 60_000 }],
  "enrol-reply": [
    {
      uid: 17,
      jwt: "e30.e30.sig",
      servers: ["tls://nats.example:4222"],
      net: "main",
      inboxPrefix: "_INBOX.17",
      expiresAt: AT,
    },
  ],
  "enrol-request": [
    { hotkey: HOTKEY, netuid: 24, nkey: `U${"A".repeat(55)}`, nonce: "n0nce", signature: SIGNATURE },
  ],
  evidence: evidences,
  "evidence-ref": [evidenceRef],
  failure: failures,
  "isolate-request": [
    {
      runtime: "python",
      files,
      entry: "main.py",
      call: "solve",
      cases: [{ a: 1 }, [null], "x"],
      limits,
      loop: true,
      seed: 0,
    },
    { runtime: "wasm", files: {}, entry: "main.wasm", stdin: "1 2\n", limits, seed: 7 },
    {
      runtime: "python",
      files,
      entry: "main.py",
      cases: [1],
      limits,
      seed: 1,
      tools: TOOL_SAMPLES["tool-profile"][0],
    },
  ],
  "job-key": [key],
  "judged-task": [
    { id: "code-3", kind: "code", public: { prompt: "add one" }, sealed: { expected: [2, 3] } },
  ],
  metagraph: [metagraph, { netuid: 0, block: 0, hash: `0x${hex("0")}`, neurons: [] }],
  program: [program],
  "public-task": [publicTask],
  receipt: [
    {
      session: "s-1",
      seq: 0,
      prev: hex("0"),
      kind: "tool.search",
      request: hex("1"),
      response: hex("2"),
      failure: null,
      cost: { usd: 0.0125 },
      detail: { query: "x" },
      at: AT,
      signer: "validator-3",
      signature: SIGNATURE,
    },
    {
      session: "s-1",
      seq: 1,
      prev: hex("3"),
      kind: "tool.search",
      request: hex("1"),
      response: null,
      failure: "timeout",
      at: AT,
      signer: "validator-3",
      signature: SIGNATURE,
    },
  ],
  "run-job": [runJob, { ...runJob, tools: TOOL_SAMPLES["tool-profile"][0] }],
  score: [score],
  "source-files": [files, {}],
  standing: [
    {
      uid: 17,
      hotkey: HOTKEY,
      rounds: 3,
      jobs: 40,
      accuracy: 0.8125,
      reward: 0.75,
      outcomes: { ok: 30, wrong: 8, timeout: 2 },
      state: { ema: 0.75 },
    },
  ],
  "stream-end": [{ bytes: 8_388_608, sha256: hex("a") }],
  submission: [submission],
  ...TOOL_SAMPLES,
  verdict: [verdict, { outcome: "ok", accuracy: 1, reward: 1 }],
  "weight-evidence": [weightEvidence, { ...weightEvidence, hotkeys: [HOTKEY, COLDKEY, HOTKEY] }],
  "weight-vector": [vector, { uids: [], values: [] }],
};

const records: Record<string, readonly unknown[]> = {
  "record.job.concluded": conclusions,
  "record.miner.absent": [{ round: 12, kind: "code", uid: 17, hotkey: HOTKEY, reason: "nobody listens" }],
  "record.round.closed": [{ round: 12, judged: 38, unjudged: 2, at: AT }],
  "record.round.opened": [
    {
      round: 12,
      block: 5_000_000,
      seed: hex("9"),
      mechanism: { name: "longcontext", version: 1 },
      tasks: [{ id: "code-3", kind: "code", public: hex("1"), sealed: hex("2") }],
      miners: [{ uid: 17, hotkey: HOTKEY }],
    },
  ],
  "record.submission.accepted": [{ kind: "code", submission }],
  "record.weights.decided": [weightEvidence],
  "record.weights.refused": [{ epoch: 7, round: 12, reason: "no miner earned any weight" }],
  "record.weights.sent": [weightsSent, { ...weightsSent, attempt: 2, salt: [1, 65_535], step: "commit" }],
  "record.weights.failed": [{ epoch: 7, round: 12, attempt: 1, reason: "SettingWeightsTooFast" }],
  "record.weights.committed": [
    {
      epoch: 7,
      round: 12,
      attempt: 1,
      method: "timelock",
      block: 5_000_001,
      hash: `0x${hex("f")}`,
      committedIn: 7,
      revealedIn: 8,
    },
  ],
  "record.weights.set": [
    { epoch: 7, round: 12, block: 5_000_001, hash: `0x${hex("f")}` },
    { epoch: 7, round: 12, block: 5_000_001, hash: `0x${hex("f")}`, method: "set", moved: [3] },
  ],
};

const methods: Record<string, readonly unknown[]> = {
  "blobs.read.input": [{ blob, offset: 4_194_304 }],
  "chain.blockHash.input": [{ block: 5_000_000 }],
  "chain.blockHash.output": [head],
  "chain.head.input": [{}],
  "chain.head.output": [head],
  "chain.metagraph.input": [{ netuid: 24 }],
  "chain.metagraph.output": [
    metagraph,
    {
      ...metagraph,
      neurons: metagraph.neurons.map((neuron) => ({
        ...neuron,
        ...{ active: true, incentive: 65_535, dividends: 1, consensus: 2, validatorTrust: 3, emissionRao: 4 },
      })),
    },
  ],
  "chain.params.input": [{ netuid: 24 }],
  "chain.params.output": [{ tempo: 360, weightsRateLimit: 100, blockTimeMs: 12_000 }],
  "chain.about.input": [{}],
  "chain.about.output": [{ kind: "local" }, { kind: "substrate" }],
  "chain-rpc.ask.input": [
    { method: "chain_getBlockHash", params: [5_000_000] },
    { method: "state_queryStorageAt", params: [["0x0102", "0x03"], `0x${hex("f")}`] },
  ],
  "chain-rpc.ask.output": [{ result: `0x${hex("f")}` }, { result: null }],
  "chain.weightRules.input": [{ netuid: 24, hotkey: HOTKEY }],
  "chain.weightRules.output": [
    weightRules,
    {
      ...weightRules,
      uid: null,
      commitReveal: {
        version: 4,
        revealPeriod: 1,
        schedule: {
          block: 5_000_000,
          tempo: 360,
          lastEpochBlock: 4_999_900,
          pendingEpochAt: 0,
          epochIndex: 7,
          blocksSinceLastStep: 100,
        },
        open: 0,
        beacon: { publicKey: `0x${"ab".repeat(96)}`, periodMs: 3_000, genesisMs: AT, lastRound: 9 },
      },
    },
  ],
  "chain.weightRow.input": [{ netuid: 24, uid: 3 }],
  "chain.weightRow.output": [
    { block: 5_000_000, row: { uids: [1, 2], values: [65_535, 0] }, lastUpdate: 4_999_999 },
  ],
  "chain.callFate.input": [{ netuid: 24, hotkey: HOTKEY, hash: `0x${hex("e")}`, dies: 5_000_064 }],
  "chain.callFate.output": [
    { state: "pending" },
    { state: "gone" },
    { state: "included", block: 5_000_001, hash: `0x${hex("f")}` },
  ],
  "chain.submitWeights.input": [{ netuid: 24, hotkey: HOTKEY, vector, versionKey: 1, signature: SIGNATURE }],
  "chain.submitWeights.output": [head],
  "miner.answer.input": [publicTask],
  "miner.answer.output": [{ content }],
  "miner.card.input": [{ model: "smollm2" }],
  "miner.card.output": [{ status: "card", card: MODEL_CARD }, { status: "none" }],
  "miner.generate.input": [MODEL_QUESTION],
  "miner.generate.output": MODEL_SAMPLES["model.generate.output"] ?? [],
  "miner.submission.input": [
    { subnet: "longcontext", round: 12, kind: "code" },
    { subnet: "longcontext", round: 12, kind: "code", have: hex("d") },
  ],
  "miner.submission.output": [{ status: "program", program }, { status: "unchanged" }, { status: "none" }],
  "nodes.report.input": [
    {
      node: "validator-3",
      roles: ["validator", "scorer"],
      version: "0.1.0",
      startedAt: AT,
      at: AT + 5_000,
      state: "ready",
      gauges: { "mailbox.depth": 3, rssBytes: 104_857_600 },
    },
  ],
  "sandbox.idle.input": [poolStatus],
  "sandbox.run.input": [{ resultsTo: "validator-3", input: runJob }, { input: runJob }],
  "sandbox.run.output": [
    { ok: true, value: evidenceRef },
    { ok: false, failure: failures[1] },
  ],
  "sandbox.status.input": [{}],
  "sandbox.status.output": [poolStatus],
  "scorer.concluded.input": conclusions,
  "scorer.judge.input": [
    { resultsTo: "validator-3", input: { key, uid: 17, task: blob, evidence: smallBlob } },
  ],
  "scorer.judge.output": [
    { ok: true, value: conclusions[0] },
    { ok: true, value: conclusions[1] },
    { ok: false, failure: failures[0] },
  ],
};

/** Schema name to values. Chunks of bytes have no JSON and are covered by the frames. */
export const SAMPLES: ReadonlyMap<string, readonly unknown[]> = new Map(
  Object.entries({ ...vocabulary, ...records, ...methods, ...MODEL_SAMPLES }),
);

/** True for schemas whose values are raw bytes. */
export const isBytes = (schema: z.ZodType): boolean => schema.safeParse(new Uint8Array(1)).success;
