/**
 * I32F32 as the chain computes it (`substrate-fixed` 0.6.0: i64 with 32 fraction bits), held in doubles.
 *
 * A raw number is the integer value × 2³² in a `number`. Addition of integers below 2⁵³ is exact, and the two
 * operations that round are computed in parts that stay below 2⁵³, so that every result is the chain's, bit for bit.
 * Yuma never leaves these bounds: with up to {@link MAX_UIDS} uids every number lies in 0..1 (raw ≤ 2³²) and every sum
 * below 2⁴⁴, so that the chain's saturation never takes effect either. BigInt gives the same numbers, several
 * times slower (`bun run bench yuma` measures it).
 */

/** 1.0. */
export const ONE = 2 ** 32;
/** The largest network for which the bounds above hold. */
export const MAX_UIDS = 4096;

export const U16_MAX = 65_535;
const HALF = 2 ** 16;
const STEP = 2 ** 8;

/** `floor(a × b / 2³²)`: the chain's multiplication, which rounds down, also below zero. |a| ≤ 2³⁶, 0 ≤ b ≤ 2³². */
export function multiply(a: number, b: number): number {
  const high = Math.floor(b / HALF);
  const low = b - high * HALF;
  return Math.floor((a * high + Math.floor((a * low) / HALF)) / HALF);
}

/** `floor(a × 2³² / b)`, and 0 when b is 0 (the chain's `safe_div`). 0 ≤ a ≤ b ≤ 2⁴⁴, in any common unit. */
export function divide(a: number, b: number): number {
  if (b === 0) return 0;
  // Long division, eight bits a step: each product and each quotient below is exact.
  let quotient = 0;
  let rest = a;
  for (let step = 0; step < 4; step++) {
    const shifted = rest * STEP;
    const digit = Math.floor(shifted / b);
    rest = shifted - digit * b;
    quotient = quotient * STEP + digit;
  }
  return quotient;
}

/** A stored u16 as a share of 65,535. */
export const fromU16 = (stored: number): number => divide(stored, U16_MAX);

/** A share as stored: `floor(x × 65535)`, at most 65,535. */
export const toU16 = (x: number): number => Math.min(U16_MAX, Math.floor((x * U16_MAX) / ONE));

export function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Divides by the sum, in place; a vector of zeros stays as it is. */
export const normalise = (values: Float64Array): Float64Array => normaliseBy(values, sum(values));

export function normaliseBy(values: Float64Array, total: number): Float64Array {
  if (total === 0) return values;
  for (let i = 0; i < values.length; i++) values[i] = divide(values[i]!, total);
  return values;
}
