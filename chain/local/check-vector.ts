import { Failure } from "../../protocol/failure.ts";
import type { WeightVector } from "../../protocol/weights.ts";
import { MAX_WEIGHT } from "../weights.ts";

/** Refuses a weight vector that a chain would refuse, with the chain's own word for it. */
export function checkVector(vector: WeightVector, neurons: number): void {
  const { uids, values } = vector;
  const refuse = (reason: string, meta: Record<string, number>) => new Failure("malformed", reason, { meta });
  if (uids.length !== values.length) {
    throw refuse("WeightVecNotEqualSize", { uids: uids.length, values: values.length });
  }
  if (uids.length === 0) throw refuse("WeightVecLengthIsLow", { uids: 0 });
  const seen = new Set<number>();
  for (const uid of uids) {
    if (seen.has(uid)) throw refuse("DuplicateUids", { uid });
    if (uid >= neurons) throw refuse("UidVecContainInvalidOne", { uid, neurons });
    seen.add(uid);
  }
  if (Math.max(...values) !== MAX_WEIGHT) throw refuse("MaxWeightNotUpscaled", { max: Math.max(...values) });
}
