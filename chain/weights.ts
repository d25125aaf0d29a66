/** Shares as a mechanism gives them, turned into the vector that a chain takes. */
import { Failure } from "../protocol/failure.ts";
import type { WeightVector } from "../protocol/weights.ts";

export const MAX_WEIGHT = 65_535;

/**
 * Scales non-negative shares so that the largest is 65535, rounds half to even as the Python clients do,
 * and drops zeros. Uids ascend. Fails with `malformed` on a negative or non-finite share and with `refused`
 * when nothing is left: an empty vector is never published, since a chain would read it as a statement.
 */
export function toWeightVector(shares: ReadonlyMap<number, number>): WeightVector {
  let max = 0;
  for (const [uid, share] of shares) {
    if (!Number.isFinite(share) || share < 0) {
      throw new Failure("malformed", "a weight must be a finite number of 0 or more", {
        meta: { uid, share },
      });
    }
    max = Math.max(max, share);
  }
  const uids: number[] = [];
  const values: number[] = [];
  for (const [uid, share] of [...shares].sort(([a], [b]) => a - b)) {
    const value = max === 0 ? 0 : roundHalfEven((share / max) * MAX_WEIGHT);
    if (value === 0) continue;
    uids.push(uid);
    values.push(value);
  }
  if (uids.length === 0) {
    throw new Failure("refused", "no miner earned any weight", {
      hint: "Nothing is set, so that an empty or failed state never reaches the chain.",
    });
  }
  return { uids, values };
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
