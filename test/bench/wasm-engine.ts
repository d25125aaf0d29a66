/** Speed of the engine itself: a module that does next to nothing, in this process and through the pool of children. */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../../protocol/isolate.ts";
import { createIsolatePool } from "../../sandbox/pool.ts";
import type { WasmtimeBackend } from "../../sandbox/wasmtime/backend.ts";
import { compile } from "../../sandbox/wasmtime/compile.ts";
import { ensureEngineLibrary } from "../../sandbox/wasmtime/engine-library.ts";
import type { GuestRequest } from "../../sandbox/wasmtime/guest-run.ts";
import { createRunner } from "../../sandbox/wasmtime/runner.ts";
import { wasmtimeOptions } from "../provision/isolates.ts";
import { answering, assemble, moduleRequest } from "../support/wat.ts";
import { type BenchRow, median, timed } from "./row.ts";

const TINY = '(module (func (export "_start")))';
const ECHO = answering('(func (export "_start") (call $answer (i32.const 1024) (call $input)))');
const BATCHES = 30;
const RUNS = 2_000;
const CASES = 1_000;

const guest: GuestRequest = {
  ...{ answers: "none", args: [], env: [], stdin: "", inputs: [], files: {}, nonce: "", seed: 1 },
  ...{ loop: false, tools: false, fuel: 1e9, cpuMs: 1e4, wallMs: 1e4, memoryBytes: 1e8, outputBytes: 1e6 },
};

export async function engineRows(backend: WasmtimeBackend): Promise<BenchRow[]> {
  return [await inProcess(), await throughPool(backend)];
}

/** A whole run: a store, an instance, its limits, the call and the report, as a child makes it. */
async function inProcess(): Promise<BenchRow> {
  const libraryPath = await ensureEngineLibrary(wasmtimeOptions());
  const code = compile(libraryPath, assemble(TINY));
  if (typeof code === "string") throw new Error(code);
  const folder = await mkdtemp(join(tmpdir(), "orrery-bench-"));
  const modulePath = join(folder, "tiny.cwasm");
  await Bun.write(modulePath, code);
  const runner = createRunner({ libraryPath, modulePath, quickJs: false });
  await rm(folder, { recursive: true });
  const perRun: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const ms = await timed(async () => {
      for (let run = 0; run < RUNS; run++) runner.run(guest);
    });
    perRun.push((ms / RUNS) * 1_000);
  }
  const value = median(perRun);
  return {
    name: "wasm: tiny module in a warm engine, all limits on",
    ...{ value, unit: "µs", floor: null, ratio: null, goal: "≤ 15 µs", holds: value <= 15 },
  };
}

/** Submissions of many cases, one at a time in each slot: every case is a new instance behind all layers. */
async function throughPool(backend: WasmtimeBackend): Promise<BenchRow> {
  const slots = availableParallelism();
  const pool = createIsolatePool({ backend: { ...backend, close: async () => {} }, slots });
  const cases = Array.from({ length: CASES }, (_, index) => index);
  const request = moduleRequest(ECHO, { cases, limits: DEFAULT_LIMITS });
  await pool.run({ ...request, cases: [0] }); // compiled once
  const submissions = slots * 2;
  const ms = await timed(() => Promise.all(Array.from({ length: submissions }, () => pool.run(request))));
  const value = (submissions * CASES * 1_000) / ms;
  return {
    name: `wasm: cases of ${CASES.toLocaleString("en-US")} through a pool of ${slots} children`,
    ...{
      value,
      unit: "per second",
      floor: null,
      ratio: null,
      goal: "≥ 2,000 per second",
      holds: value >= 2_000,
    },
  };
}
