/** Nonces that are times: Unix nanoseconds, strictly increasing for as long as one process signs. */
import type { Clock } from "../../runtime/ports/clock.ts";
import type { Rng } from "../../runtime/ports/rng.ts";

const NS_PER_MS = 1_000_000;

/**
 * Beyond 2^53, hence bigint. The digits below the clock's milliseconds are drawn, so that two processes with one hotkey
 * do not meet in the same nonce.
 */
export function createNonceSource({ clock, rng }: { clock: Clock; rng: Rng }): () => bigint {
  let last = 0n;
  return () => {
    const drawn = BigInt(clock.now()) * BigInt(NS_PER_MS) + BigInt(rng.integer(NS_PER_MS));
    last = drawn > last ? drawn : last + 1n;
    return last;
  };
}

/** The time of such a nonce in whole milliseconds since the Unix epoch. */
export const timeOfNonce = (nonce: bigint): number => Number(nonce / BigInt(NS_PER_MS));
