/** Vectors as embeddings: of length 1, and no longer than they have to be when they are written. */

/** Digits that tell every 32-bit float from every other. */
const DIGITS = 9;

/** The first `dimensions` numbers brought to length 1 (L2); zeros stay zeros. */
export function unitVector(values: ArrayLike<number>, dimensions = values.length): number[] {
  const kept = Array.from({ length: Math.min(dimensions, values.length) }, (_, at) => values[at]!);
  const length = Math.sqrt(kept.reduce((sum, value) => sum + value * value, 0)) || 1;
  return kept.map((value) => Number((value / length).toPrecision(DIGITS)));
}
