/** Finality: a block is final a while after it was announced, never in the same turn, in order and without gaps. */
import type { Clock, Timer } from "../../../runtime/ports/clock.ts";

/** Clients read an included block before they look up again: final too soon, and they never see it included. */
const SOONEST_MS = 100;
const LATEST_MS = 500;

/** A block later where blocks come by the clock, as far as that is soon; milliseconds. */
export const finalAfter = ({ slotMs, manual }: { slotMs: number; manual: boolean }): number =>
  manual ? SOONEST_MS : Math.min(LATEST_MS, Math.max(SOONEST_MS, slotMs));

export class Finality {
  readonly #clock: Clock;
  readonly #afterMs: number;
  readonly #finalize: (number: number) => void;
  #timer: Timer | undefined;
  #final: number;
  /** The newest announced block. */
  #latest: number;

  constructor(options: {
    clock: Clock;
    afterMs: number;
    from: number;
    finalize: (number: number) => void;
  }) {
    this.#clock = options.clock;
    this.#afterMs = options.afterMs;
    this.#final = this.#latest = options.from;
    this.#finalize = options.finalize;
  }

  get number(): number {
    return this.#final;
  }

  /** A block was announced. */
  announced(head: number): void {
    this.#timer ??= this.#clock.after(this.#afterMs, () => {
      this.#timer = undefined;
      this.#finalizeTo(head);
      if (this.#latest > this.#final) this.announced(this.#latest);
    });
    this.#latest = head;
  }

  /** The chain is at another block now, and final there. */
  reset(number: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#final = number;
    this.#latest = number;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #finalizeTo(number: number): void {
    while (this.#final < number) this.#finalize(++this.#final);
  }
}
