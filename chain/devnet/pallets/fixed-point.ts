/**
 * Unsigned fixed point as the runtime computes it (`substrate-fixed` 0.6.0), held as raw bits in a bigint.
 * Multiplication and division round down; everything saturates; dividing by zero gives zero (the chain's `safe_div`).
 */

export const U16_MAX = 65_535n;
export const U64_MAX = 2n ** 64n - 1n;
const U128_MAX = 2n ** 128n - 1n;

/** Saturated to u64; below zero is zero. */
export const saturate = (value: bigint): bigint => (value < 0n ? 0n : value > U64_MAX ? U64_MAX : value);
/** `a - b`, not below zero. */
export const less = (a: bigint, b: bigint): bigint => (a > b ? a - b : 0n);
export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const largest = (a: bigint, b: bigint): bigint => (a > b ? a : b);

interface Fixed {
  readonly one: bigint;
  from(integer: bigint): bigint;
  multiply(a: bigint, b: bigint): bigint;
  divide(a: bigint, b: bigint): bigint;
  /** `a / b` of two whole numbers. */
  ratio(a: bigint, b: bigint): bigint;
  /** The whole part, saturated to u64. */
  floor(value: bigint): bigint;
}

const fixed = (fraction: bigint): Fixed => {
  const clamp = (value: bigint): bigint => (value > U128_MAX ? U128_MAX : value);
  const divide = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : clamp((a << fraction) / b));
  return {
    one: 1n << fraction,
    from: (integer) => clamp(integer << fraction),
    multiply: (a, b) => clamp((a * b) >> fraction),
    divide,
    ratio: divide,
    floor: (value) => saturate(value >> fraction),
  };
};

/** 96 whole bits, 32 of fraction: emission. */
export const u96f32 = fixed(32n);
/** 64 whole bits, 64 of fraction: prices. */
export const u64f64 = fixed(64n);
