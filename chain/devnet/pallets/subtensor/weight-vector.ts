/** Rules on a weight vector that need no state. */

const U16_MAX = 65_535;
const ONE = 2n ** 32n;

/** One weight, on the setter itself: permit, length and limit do not apply to it. */
export const isSelfWeight = (uid: number, uids: readonly number[], values: readonly number[]): boolean =>
  values.length === 1 && uids[0] === uid;

/**
 * Scales so that the largest value is 65,535 (`vec_max_upscale_to_u16`): I32F32, each product rounded half away from
 * zero. All zero stays as it is.
 */
export function maxUpscale(values: readonly number[]): number[] {
  const max = values.reduce((largest, value) => Math.max(largest, value), 0);
  if (max === 0) return [...values];
  const limit = BigInt(U16_MAX) * ONE;
  // Above half the range the chain divides first, so that the product cannot overflow.
  const ratio = limit / BigInt(max);
  return values.map((value) => {
    const scaled = max > 32_768 ? BigInt(value) * ratio : (BigInt(value) * limit) / BigInt(max);
    return Math.min(U16_MAX, Number((scaled + ONE / 2n) / ONE));
  });
}

/** Whether no value is more than `limit` / 65,535 of the sum (`check_vec_max_limited`). */
export function withinLimit(values: readonly number[], limit: number): boolean {
  const sum = BigInt(values.reduce((total, value) => total + value, 0));
  const most = (BigInt(limit) * ONE) / BigInt(U16_MAX);
  return values.every((value) => sum === 0n || (BigInt(value) * ONE) / sum <= most);
}
