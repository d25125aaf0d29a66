/** Finality: a block is final a while after it was announced, never in the same turn, in order and without gaps. */
import type { Clock, Timer } from "../../../runtime/ports/clock.ts";

/** Clients read an included block before they look up again: final too soon, and they never see it included. */
const FINAL_AFTER_MS = 100;

export class Finality {
  readonly #clock: Clock;
  readonly #finalize: (number: number) => void;
  #timer: Timer | undefined;
  #final: number;
  /** The newest announced block. */
  #latest: number;

  constructor(options: { clock: Clock; from: number; finalize: (number: number) => void }) {
    this.#clock = options.clock;
    this.#final = this.#latest = options.from;
    this.#finalize = options.finalize;
  }

  get number(): number {
    return this.#final;
  }

  /** A block was announced. */
  announced(head: number): void {
    this.#timer ??= this.#clock.after(FINAL_AFTER_MS, () => {
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
