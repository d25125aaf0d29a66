/** The watchdog's thread: sleeps while nothing runs, else looks at the clock and the CPU time every few milliseconds. */
import { dlopen, type Pointer } from "bun:ffi";
import { CELL, REASON } from "./watchdog.ts";

const TICK_MS = 5;

function watch(cells: Int32Array, end: () => void): never {
  for (;;) {
    Atomics.wait(cells, CELL.run, 0);
    const run = Atomics.load(cells, CELL.run);
    if (run === 0) continue;
    const cpu = process.cpuUsage();
    const began = Bun.nanoseconds();
    while (Atomics.load(cells, CELL.run) === run) {
      Atomics.wait(cells, CELL.run, run, TICK_MS);
      const used = process.cpuUsage(cpu);
      const overCpu = (used.user + used.system) / 1e3 >= Atomics.load(cells, CELL.cpuMs);
      const overWall = (Bun.nanoseconds() - began) / 1e6 >= Atomics.load(cells, CELL.wallMs);
      if ((!overCpu && !overWall) || Atomics.load(cells, CELL.run) !== run) continue;
      Atomics.store(cells, CELL.reason, overCpu ? REASON.cpu : REASON.wall);
      Atomics.store(cells, CELL.ended, run);
      end();
      break;
    }
    // Wait for the run to leave before looking for the next one.
    Atomics.wait(cells, CELL.run, run, 1_000);
  }
}

declare const self: Worker;
self.onmessage = (event: MessageEvent<{ cells: Int32Array; libraryPath: string; engine: number }>) => {
  const { cells, libraryPath, engine } = event.data;
  const { symbols } = dlopen(libraryPath, {
    wasmtime_engine_increment_epoch: { args: ["ptr"], returns: "void" },
  });
  watch(cells, () => symbols.wasmtime_engine_increment_epoch(engine as Pointer));
};
