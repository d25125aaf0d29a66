/** Speed of isolates: Python and JavaScript in Wasmtime beside the system's own Python behind the very same hardening. */
import { availableParallelism } from "node:os";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { createIsolatePool } from "../../sandbox/pool.ts";
import { EVERYTHING } from "../../sandbox/view.ts";
import type { WasmtimeBackend } from "../../sandbox/wasmtime/backend.ts";
import { provisionWasmtime, wasmtimeOptions } from "../provision/isolates.ts";
import { NATIVE, request } from "./isolate-request.ts";
import { atMost, type BenchRow, median, timed } from "./row.ts";
import { engineRows } from "./wasm-engine.ts";

const REPEATS = 15;
const SCRIPT =
  "const solve = (x) => JSON.parse(JSON.stringify({ sum: [...Array(x).keys()].reduce((a, b) => a + b, 0) }));";
const javascript: Partial<IsolateRequest> = {
  runtime: "javascript",
  files: { "main.js": SCRIPT },
  entry: "main.js",
};
/** What a loop is for: many small questions to a program that is ready. */
const ECHO = { python: "def solve(x):\n    return x\n", javascript: "const solve = (x) => x;" };
const LOOP_CASES = 900;

/** Medians over interleaved repeats. The floor is null where the machine has no python3. */
export async function isolateRows(): Promise<BenchRow[]> {
  const [backend, plain] = [await provisionWasmtime(), await provisionWasmtime({ python: "plain" })];
  try {
    for (const each of [backend, plain]) await each.run(request(1)); // warms the page cache for all
    const times = { frozen: [], plain: [], script: [], native: [], fresh: [], freshScript: [] } as Record<
      string,
      number[]
    >;
    const kill: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      times.frozen!.push(await timed(() => backend.run(request(1))));
      times.plain!.push(await timed(() => plain.run(request(1))));
      times.script!.push(await timed(() => backend.run(request(1, javascript))));
      const floor = await nativeOnce(backend);
      if (floor !== undefined) times.native!.push(floor);
      times.fresh!.push(await perCase(backend, request(4)));
      times.freshScript!.push(await perCase(backend, request(4, javascript)));
      kill.push(await killTime(backend));
    }
    const floor = times.native!.length > 0 ? median(times.native!) : null;
    return [
      ...(await engineRows(backend)),
      row("python one-shot, fresh process, small build", median(times.plain!), "ms", floor, 6),
      row("python one-shot, fresh process, pre-initialised", median(times.frozen!), "ms", floor, 2.5),
      row("javascript one-shot, fresh process", median(times.script!), "ms", floor, 2.5),
      row("python case, fresh interpreter in a running process", median(times.fresh!), "ms", floor, 1),
      row(
        "javascript case, fresh interpreter in a running process",
        median(times.freshScript!),
        "ms",
        floor,
        1,
      ),
      atMost("python case in loop mode, p50", await perLoopCase(backend, "python", "main.py"), 0.5),
      atMost("javascript case in loop mode, p50", await perLoopCase(backend, "javascript", "main.js"), 0.5),
      atMost("cancel of a running case until its process is gone", median(kill), 10),
      await throughput(backend),
    ];
  } finally {
    await backend.close();
    await plain.close();
  }
}

async function perCase(backend: WasmtimeBackend, asked: IsolateRequest): Promise<number> {
  const { cases } = await backend.run(asked);
  return median(cases.map(({ usage }) => usage.wallMs));
}

/** From one answer to the next as the judge sees them: the way there and back, and what both sides do, included. */
async function perLoopCase(
  backend: WasmtimeBackend,
  runtime: "python" | "javascript",
  entry: string,
): Promise<number> {
  const changes = { runtime, files: { [entry]: ECHO[runtime] }, entry, loop: true };
  const perRun: number[] = [];
  for (let repeat = 0; repeat < 5; repeat++) {
    const start = await timed(() => backend.run(request(1, changes)));
    const all = await timed(() => backend.run(request(1 + LOOP_CASES, changes)));
    perRun.push((all - start) / LOOP_CASES);
  }
  return median(perRun);
}

async function nativeOnce(backend: WasmtimeBackend): Promise<number | undefined> {
  const python = Bun.which("python3", { PATH: "/usr/bin:/usr/local/bin" });
  const hardening = backend.hardening();
  if (python === null || hardening === undefined) return undefined;
  const command = hardening.wrap([python, "-I", "-S", "-c", NATIVE], EVERYTHING);
  const { spawn } = wasmtimeOptions();
  return await timed(async () => {
    const { exitCode } = await spawn.run({ command, cwd: "/" });
    if (exitCode !== 0) throw new Error(`python3 ended with ${exitCode}`);
  });
}

async function killTime(backend: WasmtimeBackend): Promise<number> {
  const files = { "main.py": "def solve(x):\n    while True:\n        pass" };
  const limits = { ...DEFAULT_LIMITS, fuel: Number.MAX_SAFE_INTEGER };
  const abort = new AbortController();
  const run = backend.run(request(1, { files, limits }), { signal: abort.signal }).catch(() => {});
  await Bun.sleep(150); // into the loop
  return await timed(() => {
    abort.abort();
    return run;
  });
}

async function throughput(backend: WasmtimeBackend): Promise<BenchRow> {
  const slots = availableParallelism();
  const pool = createIsolatePool({ backend: { ...backend, close: async () => {} }, slots });
  const runs = slots * 20;
  const ms = await timed(() => Promise.all(Array.from({ length: runs }, () => pool.run(request(1)))));
  const value = (runs / ms) * 1_000;
  const goal = 5 * slots;
  return {
    name: `python one-shots through a pool of ${slots}`,
    value,
    unit: "per second",
    floor: null,
    ratio: null,
    goal: `≥ ${goal} per second`,
    holds: value >= goal,
  };
}

function row(name: string, value: number, unit: string, floor: number | null, most: number): BenchRow {
  const ratio = floor === null ? null : value / floor;
  const goal = `≤ ${most} × python3 behind the same layers`;
  return { name, value, unit, floor, ratio, goal, holds: ratio === null || ratio <= most };
}
