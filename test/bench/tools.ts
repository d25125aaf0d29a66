/** What a tool call costs beside what its provider does: out of the isolate, budget, receipt, answer, back in. */
import { signerFromUri } from "../../chain/keys/index.ts";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import type { ToolProfile } from "../../protocol/tools.ts";
import { createDirectoryBlobs } from "../../runtime/ports/directory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { withSdk } from "../../sandbox/sdk/with-sdk.ts";
import { createToolGateway, type ToolGateway } from "../../sandbox/tools/gateway.ts";
import { dockerBackend, dockerMissing, startDocker } from "../provision/docker.ts";
import { provisionWasmtime } from "../provision/isolates.ts";
import { processMissing, provisionProcess } from "../provision/process.ts";
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
type Runtime = keyof typeof SOURCES;

/** Receipts are signed with a real key and kept on a real disk, as on a node. Back ends that this machine lacks have no rows. */
export async function toolRows(): Promise<BenchRow[]> {
  using folder = tempFolder();
  const gateway = createToolGateway({
    ...{ clock: createSystemClock(), blobs: createDirectoryBlobs({ path: folder.path }) },
    ...{ signer: await signerFromUri("//Alice"), providers: [] },
  });
  const rows: BenchRow[] = [];
  const measure = async (name: string, once: () => Promise<number>) => {
    const perCall: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) perCall.push(await once());
    rows.push(atMost(`tool call ${name}, no provider`, median(perCall), MOST_MS));
  };
  const inside = async (backend: IsolateBackend, name: string, runtimes: readonly Runtime[]) => {
    try {
      for (const runtime of runtimes) {
        const title = runtime === "python" ? "Python" : "JavaScript";
        await measure(`from ${title} in ${name}`, () => perCall(backend, gateway, runtime));
      }
    } finally {
      await backend.close();
    }
  };
  try {
    await inside(await provisionWasmtime(), "Wasmtime", ["python", "javascript"]);
    if ((await processMissing()) === undefined) {
      await inside(await provisionProcess(), "a hardened process", ["python"]);
    }
    if ((await dockerMissing()) === undefined) {
      const docker = await startDocker();
      try {
        await inside(await dockerBackend(docker), "Docker", ["python"]);
      } finally {
        await docker.stop();
      }
    }
    await measure("at the gateway alone", () => withoutIsolate(gateway));
    return rows;
  } finally {
    await gateway.close();
  }
}

/** Milliseconds of one of many calls, the time of the same program without calls taken off. */
async function perCall(backend: IsolateBackend, gateway: ToolGateway, runtime: Runtime): Promise<number> {
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
