/** Random hex digits cut from a larger draw: a trace id per message must not cost a system call. */
import type { Rng } from "../ports/rng.ts";

const DRAW_BYTES = 2_048;

export class HexPool {
  readonly #rng: Rng;
  #digits = "";
  #at = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** `count` digits, the first of them not zero, so that the whole never is. */
  take(count: number): string {
    for (;;) {
      if (this.#at + count > this.#digits.length) {
        this.#digits = Buffer.from(this.#rng.bytes(DRAW_BYTES)).toString("hex");
        this.#at = 0;
      }
      const digits = this.#digits.slice(this.#at, (this.#at += count));
      if (digits[0] !== "0") return digits;
    }
  }
}
