/** Uniform integers and fractions from 32-bit words, the same way for every source of chance. */
import { Failure } from "../../protocol/failure.ts";

const WORD = 0x1_0000_0000;
const FRACTION_BITS = 2 ** -53;

/** Uniform in [0, 1) with all 53 bits of a double. */
export function fraction(word: () => number): number {
  return ((word() >>> 5) * 67_108_864 + (word() >>> 6)) * FRACTION_BITS;
}

/** Uniform in [0, below) without the bias of a plain remainder: words of the ragged end are drawn again. */
export function integerBelow(below: number, word: () => number): number {
  if (!Number.isInteger(below) || below < 1 || below > WORD) {
    throw new Failure("malformed", "the bound of a random integer must be a whole number from 1 to 2^32", {
      meta: { below },
    });
  }
  const even = WORD - (WORD % below);
  for (;;) {
    const drawn = word() >>> 0;
    if (drawn < even) return drawn % below;
  }
}
