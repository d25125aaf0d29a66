/** Speed of isolates: Python in Wasmtime beside the system's own Python behind the very same hardening. */
import { availableParallelism } from "node:os";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { createIsolatePool } from "../../sandbox/pool.ts";
import { EVERYTHING } from "../../sandbox/view.ts";
import type { WasmtimeBackend } from "../../sandbox/wasmtime/backend.ts";
import { provisionWasmtime, wasmtimeOptions } from "../provision/isolates.ts";
import { dockerRows } from "./docker-isolates.ts";
import { atMost, type BenchRow, median, timed } from "./row.ts";

const REPEATS = 15;
const SOURCE = "import json\ndef solve(x):\n    return json.loads(json.dumps({'sum': sum(range(x))}))\n";
const NATIVE = `${SOURCE}print(json.dumps(solve(1000)))`;

const request = (cases: number, changes: Partial<IsolateRequest> = {}): IsolateRequest => ({
  runtime: "python",
  files: { "main.py": SOURCE },
  entry: "main.py",
  cases: Array.from({ length: cases }, () => 1_000),
  limits: DEFAULT_LIMITS,
  seed: 1,
  ...changes,
});

/** Medians over interleaved repeats. The floor is null where the machine has no python3. */
export async function isolateRows(): Promise<BenchRow[]> {
  const backend = await provisionWasmtime();
  try {
    await backend.run(request(1)); // warms the page cache for both
    const once: number[] = [];
    const native: number[] = [];
    const perCase: number[] = [];
    const kill: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      once.push(await timed(() => backend.run(request(1))));
      const floor = await nativeOnce(backend);
      if (floor !== undefined) native.push(floor);
      const { cases } = await backend.run(request(4));
      perCase.push(median(cases.map(({ usage }) => usage.wallMs)));
      kill.push(await killTime(backend));
    }
    const floor = native.length > 0 ? median(native) : null;
    return [
      row("python one-shot, fresh process", median(once), "ms", floor, 6),
      row("python case, fresh interpreter in a running process", median(perCase), "ms", floor, 5),
      atMost("cancel of a running case until its process is gone", median(kill), 10),
      await throughput(backend),
      ...(await dockerRows({ request, native: NATIVE })),
    ];
  } finally {
    await backend.close();
  }
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
