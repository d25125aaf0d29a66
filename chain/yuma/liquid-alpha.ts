/** Liquid alpha: how fast a bond follows a weight, by how far the weight stands from consensus. */
import { divide, multiply, ONE } from "./fixed-point.ts";

/** e as the chain has it for exp(1): cut to 23 fraction bits. */
const E_RAW = Math.floor(Math.E * 2 ** 23) * 2 ** 9;
const EXP_BOUND = 20 * ONE;
const HALF = 2 ** 16;
const PART = 2 ** 12;

export interface AlphaRange {
  /** Raw. */
  low: number;
  high: number;
  /** As stored, hundredths. */
  steepness: number;
}

/** `floor(a × b / 2³²)` for |a| ≤ 328 and |b| ≤ 1/2 in three parts: with the two of `multiply` a product would pass 2⁵³. */
function multiplyWide(a: number, b: number): number {
  const high = Math.floor(b / (PART * PART));
  const upper = Math.floor(b / PART);
  const middle = upper - high * PART;
  const low = b - upper * PART;
  return Math.floor((a * high + Math.floor((a * middle + Math.floor((a * low) / PART)) / PART)) / 256);
}

/**
 * e^x for 0 < x ≤ 20 by the chain's series: 30 terms, each rounded down after its product and after its quotient.
 * Terms reach 2⁵⁷, so that their whole numbers and their fractions (raw, below 2³²) are kept apart.
 */
function exponential(x: number): { whole: number; fraction: number } {
  const xWhole = Math.floor(x / ONE);
  const xFraction = x - xWhole * ONE;
  const xHigh = Math.floor(xFraction / HALF);
  const xLow = xFraction - xHigh * HALF;
  let whole = xWhole;
  let fraction = xFraction;
  let sumWhole = whole + 1;
  let sumFraction = fraction;
  for (let i = 2; i < 32 && whole + fraction > 0; i++) {
    const high = whole * xHigh;
    const carried = Math.floor(high / HALF);
    const low =
      (high - carried * HALF) * HALF + whole * xLow + fraction * xWhole + multiply(fraction, xFraction);
    const over = Math.floor(low / ONE);
    const product = whole * xWhole + carried + over;
    whole = Math.floor(product / i);
    fraction = Math.floor(((product - whole * i) * ONE + (low - over * ONE)) / i);
    sumWhole += whole;
    sumFraction += fraction;
  }
  const over = Math.floor(sumFraction / ONE);
  return { whole: sumWhole + over, fraction: sumFraction - over * ONE };
}

/** 1 / (a + e), for a of 0 or 1. */
function inverse(a: number, { whole, fraction }: { whole: number; fraction: number }): number {
  const sum = whole + a;
  return sum < 4096
    ? divide(ONE, sum * ONE + fraction)
    : Number((1n << 64n) / ((BigInt(sum) << 32n) + BigInt(fraction)));
}

/** 1 / (1 + e^x), raw, with x cut to ±20 (`exp_safe`). The chain takes e^x for x < 0 as 1 / e^-x. */
export function inverseSigmoid(x: number): number {
  if (x === 0) return ONE / 2;
  // A special case on the chain, which -1 is not.
  if (x === ONE) return divide(ONE, ONE + E_RAW);
  if (x > 0) return inverse(1, exponential(Math.min(EXP_BOUND, x)));
  return divide(ONE, ONE + inverse(0, exponential(Math.min(EXP_BOUND, -x))));
}

const clamp = (value: number, low: number, high: number): number => Math.max(Math.min(value, high), low);

/** `alpha_sigmoid`: raw alpha for one weight, bond and consensus. The same distance is computed once. */
export function alphaSigmoid({ low, high, steepness }: AlphaRange) {
  // Division truncates towards zero on the chain.
  const slope = Math.trunc((steepness * ONE) / -100);
  const known = new Map<number, number>();
  return (consensus: number, weight: number, bond: number): number => {
    const distance = clamp(weight >= bond ? weight - consensus : bond - weight, 0, ONE);
    const before = known.get(distance);
    if (before !== undefined) return before;
    const sigmoid = inverseSigmoid(multiplyWide(slope, distance - ONE / 2));
    const alpha = clamp(low + multiply(high - low, sigmoid), low, high);
    known.set(distance, alpha);
    return alpha;
  };
}
