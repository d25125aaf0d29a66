/** Speed of hardened processes, beside a plain bubblewrap with the same interpreter and work. */
import { availableParallelism } from "node:os";
import { systemProgram } from "../../sandbox/hardening.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { createIsolatePool } from "../../sandbox/pool.ts";
import { processMissing, provisionProcess } from "../provision/process.ts";
import { NATIVE, request } from "./isolate-request.ts";
import { atMost, type BenchRow, median, timed } from "./row.ts";

const REPEATS = 31;
/** Of the floor and then ours. */
const ROUNDS = 5;

/** No rows where processes cannot be hardened. Medians over interleaved repeats. */
export async function processRows(): Promise<BenchRow[]> {
  if ((await processMissing()) !== undefined) return [];
  const backend = await provisionProcess();
  try {
    await backend.run(request(1)); // warms the page cache
    const [once, plain, kill]: number[][] = [[], [], []];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      plain!.push(await timed(() => plainBubblewrap()));
      once!.push(await timed(() => backend.run(request(1))));
      if (repeat % 3 === 0) kill!.push(await killTime(backend));
    }
    const floor = median(plain!);
    return [
      { ...atMost("process: python one-shot", median(once!), 20), floor, ratio: median(once!) / floor },
      await throughput(backend),
      atMost("process: cancel of a running case until its process is gone", median(kill!), 10),
    ];
  } finally {
    await backend.close();
  }
}

async function plainBubblewrap(): Promise<void> {
  const layers = ["--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--"];
  const python = [systemProgram("python3")!, "-I", "-S", "-c", NATIVE];
  const child = Bun.spawn([systemProgram("bwrap")!, ...layers, ...python], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("bwrap failed");
}

async function killTime(backend: IsolateBackend): Promise<number> {
  const files = { "main.py": "def solve(x):\n    while True:\n        pass" };
  const abort = new AbortController();
  const run = backend.run(request(1, { files }), { signal: abort.signal }).catch(() => {});
  await Bun.sleep(150); // into the loop
  return await timed(() => {
    abort.abort();
    return run;
  });
}

async function throughput(backend: IsolateBackend): Promise<BenchRow> {
  const slots = availableParallelism();
  const pool = createIsolatePool({ backend: { ...backend, close: async () => {} }, slots });
  const [ours, floors]: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    floors!.push(await perSecond(slots, plainBubblewrap));
    ours!.push(await perSecond(slots, () => pool.run(request(1))));
  }
  const [value, floor, goal] = [median(ours!), median(floors!), 50 * slots];
  return {
    ...{ name: `process: python one-shots through a pool of ${slots}`, value, unit: "per second" },
    ...{ floor, ratio: value / floor, goal: `≥ ${goal} per second`, holds: value >= goal },
  };
}

/** So many at once, one after the other each. */
async function perSecond(slots: number, work: () => Promise<unknown>): Promise<number> {
  const each = 40;
  const one = async () => {
    for (let run = 0; run < each; run++) await work();
  };
  return (slots * each * 1_000) / (await timed(() => Promise.all(Array.from({ length: slots }, one))));
}
