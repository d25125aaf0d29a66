/** Makes a block every block time; one that takes longer delays the next instead of piling up. */
import type { Clock, Timer } from "../../../runtime/ports/clock.ts";

export class BlockClock {
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #tick: () => void;
  #timer: Timer | undefined;

  constructor(options: { clock: Clock; periodMs: number; tick: () => void }) {
    this.#clock = options.clock;
    this.#periodMs = options.periodMs;
    this.#tick = options.tick;
  }

  start(): void {
    if (this.#timer === undefined) this.#schedule(this.#clock.monotonic() + this.#periodMs);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(due: number): void {
    this.#timer = this.#clock.after(Math.max(1, due - this.#clock.monotonic()), () => {
      // The tick may stop the clock.
      this.#schedule(Math.max(due + this.#periodMs, this.#clock.monotonic()));
      this.#tick();
    });
  }
}
