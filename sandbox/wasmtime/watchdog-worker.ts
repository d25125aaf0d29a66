/** The watchdog's thread: sleeps while nothing runs, else looks at the clock and the CPU time every few milliseconds. */
import { dlopen, type Pointer } from "bun:ffi";
import { writeSync } from "node:fs";
import { encodeFrame } from "../frame.ts";
import { CELL, REASON, type WatchdogMessage } from "./watchdog.ts";

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

/** Ends a process that compiles and needs too much memory for it: nothing in the compiler would. */
function guardMemory(maxBytes: number): never {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    Atomics.wait(nothing, 0, 0, TICK_MS);
    if (process.memoryUsage.rss() <= maxBytes) continue;
    writeSync(1, encodeFrame({ tooLarge: true }));
    process.kill(process.pid, "SIGKILL");
  }
}

declare const self: Worker;
self.onmessage = ({ data }: MessageEvent<WatchdogMessage>) => {
  if ("maxBytes" in data) guardMemory(data.maxBytes);
  const { symbols } = dlopen(data.libraryPath, {
    wasmtime_engine_increment_epoch: { args: ["ptr"], returns: "void" },
  });
  watch(data.cells, () => symbols.wasmtime_engine_increment_epoch(data.engine as Pointer));
};
