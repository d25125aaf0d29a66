/** The operating system's randomness: unpredictable, for keys, nonces and jitter. */
import type { Rng } from "./rng.ts";
import { fraction, integerBelow } from "./uniform.ts";

/** Largest request that `crypto.getRandomValues` answers at once, in bytes. */
const QUOTA = 65_536;

export function createSystemRng(): Rng {
  const pool = new Uint32Array(256);
  let used = pool.length;
  const word = (): number => {
    if (used === pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    const value = pool[used]!;
    pool[used++] = 0;
    return value;
  };
  return {
    next: () => fraction(word),
    integer: (below) => integerBelow(below, word),
    bytes(count) {
      const bytes = new Uint8Array(count);
      for (let at = 0; at < count; at += QUOTA) crypto.getRandomValues(bytes.subarray(at, at + QUOTA));
      return bytes;
    },
  };
}
