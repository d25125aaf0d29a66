/**
 * Ends guests that use too much CPU or wall time: a worker thread that advances the engine's epoch, because the main
 * thread is inside the guest. The parent's SIGKILL stands behind it.
 */
import type { Engine } from "./engine.ts";

const IDLE = 0;
const CPU = 1;
const WALL = 2;

/** Cells shared with the worker: which run is active, why it was ended, its limits in ms. */
export const CELL = { run: 0, ended: 1, reason: 2, cpuMs: 3, wallMs: 4, count: 5 } as const;
export const REASON = { cpu: CPU, wall: WALL } as const;

/** What the worker is told to watch: a guest's runs, or this process's memory. */
export type WatchdogMessage =
  | { cells: Int32Array; libraryPath: string; engine: number }
  | { maxBytes: number };

const startWorker = (message: WatchdogMessage): void =>
  new Worker(new URL("./watchdog-worker.ts", import.meta.url)).postMessage(message);

/** From now on this process is ended when it uses more memory than that; it says so first. */
export const guardMemory = (maxBytes: number): void => startWorker({ maxBytes });

export class Watchdog {
  readonly #cells = new Int32Array(new SharedArrayBuffer(CELL.count * 4));
  #runs = 0;

  constructor(libraryPath: string, engine: Engine) {
    startWorker({ cells: this.#cells, libraryPath, engine: Number(engine) });
  }

  /** Watches one run until `stop`, which tells what it used and whether it was ended here. */
  start(limits: { cpuMs: number; wallMs: number }) {
    const run = ++this.#runs;
    const cpu = process.cpuUsage();
    const began = Bun.nanoseconds();
    Atomics.store(this.#cells, CELL.cpuMs, limits.cpuMs);
    Atomics.store(this.#cells, CELL.wallMs, limits.wallMs);
    Atomics.store(this.#cells, CELL.run, run);
    Atomics.notify(this.#cells, CELL.run);
    return {
      stop: () => {
        Atomics.store(this.#cells, CELL.run, IDLE);
        const used = process.cpuUsage(cpu);
        const fired = Atomics.load(this.#cells, CELL.ended) === run;
        const reason = Atomics.load(this.#cells, CELL.reason);
        return {
          wallMs: (Bun.nanoseconds() - began) / 1e6,
          cpuMs: (used.user + used.system) / 1e3,
          fired: fired ? (reason === CPU ? ("cpu-limit" as const) : ("timeout" as const)) : undefined,
        };
      },
    };
  }
}
