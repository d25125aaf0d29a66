/** What a tool call costs beside what its provider does: out of the isolate, budget, receipt, answer, back in. */
import { signerFromUri } from "../../chain/keys/index.ts";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import type { ToolProfile } from "../../protocol/tools.ts";
import { createDirectoryBlobs } from "../../runtime/ports/directory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { withSdk } from "../../sandbox/sdk/with-sdk.ts";
import { createToolGateway, type ToolGateway } from "../../sandbox/tools/gateway.ts";
import { provisionWasmtime } from "../provision/isolates.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { atMost, type BenchRow, median, timed } from "./row.ts";

const REPEATS = 7;
const CALLS = 200;
const MOST_MS = 1;
const PROFILE: ToolProfile = {
  tools: ["test_tool"],
  models: [],
  budget: { nanoUsd: 0, tokens: 0, calls: 10_000, bytes: 30_000_000, wallMs: 600_000 },
};
const SOURCES = {
  python:
    "from caster_miner_sdk import invoke\ndef solve(n):\n    for _ in range(n):\n        invoke('test_tool', ('hello',))\n    return n\n",
  javascript:
    'import { invoke } from "./caster_miner_sdk.mjs";\nexport async function solve(n) {\n  for (let i = 0; i < n; i++) await invoke("test_tool", ["hello"]);\n  return n;\n}\n',
} as const;

/** Receipts are signed with a real key and kept on a real disk, as on a node. */
export async function toolRows(): Promise<BenchRow[]> {
  const backend = await provisionWasmtime();
  using folder = tempFolder();
  const gateway = createToolGateway({
    ...{ clock: createSystemClock(), blobs: createDirectoryBlobs({ path: folder.path }) },
    ...{ signer: await signerFromUri("//Alice"), providers: [] },
  });
  try {
    const python: number[] = [];
    const javascript: number[] = [];
    const alone: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      python.push(await perCall(backend, gateway, "python"));
      javascript.push(await perCall(backend, gateway, "javascript"));
      alone.push(await withoutIsolate(gateway));
    }
    return [
      atMost("tool call from Python in Wasmtime, no provider", median(python), MOST_MS),
      atMost("tool call from JavaScript in Wasmtime, no provider", median(javascript), MOST_MS),
      atMost("tool call at the gateway alone, no provider", median(alone), MOST_MS),
    ];
  } finally {
    await gateway.close();
    await backend.close();
  }
}

/** Milliseconds of one of many calls, the time of the same program without calls taken off. */
async function perCall(
  backend: IsolateBackend,
  gateway: ToolGateway,
  runtime: keyof typeof SOURCES,
): Promise<number> {
  const entry = runtime === "python" ? "main.py" : "main.mjs";
  const request: IsolateRequest = withSdk({
    ...{ runtime, entry, files: { [entry]: SOURCES[runtime] }, cases: [0, CALLS], seed: 1 },
    ...{ limits: { ...DEFAULT_LIMITS, fuel: Number.MAX_SAFE_INTEGER }, tools: PROFILE },
  });
  const session = await gateway.open({ session: "bench", profile: PROFILE });
  const { cases } = await backend.run(request, { tools: session });
  await session.close();
  const [without, many] = cases.map(({ outcome, usage, detail }) => {
    if (outcome !== "ok") throw new Error(`${runtime}: ${outcome} ${detail}`);
    return usage.wallMs;
  });
  return (many! - without!) / CALLS;
}

async function withoutIsolate(gateway: ToolGateway): Promise<number> {
  const session = await gateway.open({ session: "bench", profile: PROFILE });
  const call = JSON.stringify({ tool: "test_tool", args: ["hello"] });
  const options = { signal: new AbortController().signal };
  const ms = await timed(async () => {
    for (let made = 0; made < CALLS; made++) await session.call(call, options);
  });
  await session.close();
  return ms / CALLS;
}
