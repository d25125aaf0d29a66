/** One step of decoding deep in a context: the cache updated in place, and copied by the public API. */
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import type { BenchRow } from "./row.ts";

/** In turns, each in a process of its own; the best of each counts. */
const ROUNDS = 3;
const DEEP = 8_000;

/** Of the SmolLM2 in a folder. */
export async function cacheInPlaceRows(folder: string, threads: number): Promise<BenchRow[]> {
  const args = [join(folder, "graph.onnx"), String(threads), String(DEEP)];
  const [placed, copied]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    placed.push(await stepMs("c-api", args));
    copied.push(await stepMs("n-api", args));
  }
  const value = Math.min(...placed);
  const floor = Math.min(...copied);
  return [
    {
      name: `SmolLM2: decode step at depth ${DEEP} by the C API, beside N-API with a growing cache`,
      value,
      unit: "ms",
      floor,
      ratio: value / floor,
      goal: "≤ 1/8 ×",
      holds: floor >= 8 * value,
    },
  ];
}

async function stepMs(route: "c-api" | "n-api", args: readonly string[]): Promise<number> {
  const script = join(import.meta.dir, "deep-step.ts");
  const child = Bun.spawn([process.execPath, script, route, ...args], {
    env: {},
    stdout: "pipe",
    stderr: "inherit",
  });
  const ms = Number(await new Response(child.stdout).text());
  if ((await child.exited) === 0 && ms > 0) return ms;
  throw new Failure("unavailable", "a step deep in a context was not measured", { meta: { route } });
}
