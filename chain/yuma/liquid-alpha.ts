/** Liquid alpha: how fast a bond follows a weight, by how far the weight stands from consensus. */
import { divide, multiply, ONE } from "./fixed-point.ts";

/** e as the chain has it for exp(1): cut to 23 fraction bits. */
const E_RAW = Math.floor(Math.E * 2 ** 23) * 2 ** 9;
const EXP_BOUND = 20 * ONE;
/** Up to here every term of the series times the operand fits the parts below. */
const FAST_BOUND = 7 * ONE;
const PART = 2 ** 12;

export interface AlphaRange {
  /** Raw. */
  low: number;
  high: number;
  /** As stored, hundredths. */
  steepness: number;
}

/** `floor(a × b / 2³²)` for |a| ≤ 328 and |b| ≤ 7 (raw 2⁴⁰·⁴ and 2³⁴·⁹) in three parts: the two of `multiply` would pass 2⁵³. */
function multiplyWide(a: number, b: number): number {
  const high = Math.floor(b / (PART * PART));
  const upper = Math.floor(b / PART);
  const middle = upper - high * PART;
  const low = b - upper * PART;
  return Math.floor((a * high + Math.floor((a * middle + Math.floor((a * low) / PART)) / PART)) / 256);
}

/** e^x by the chain's series, its 30 terms each rounded down; negative x by its inverse. |x| ≤ 7. */
function fastExp(x: number): number {
  if (x === 0) return ONE;
  if (x === ONE) return E_RAW;
  const operand = Math.abs(x);
  let result = operand + ONE;
  let term = operand;
  for (let i = 2; i < 32 && term > 0; i++) {
    term = Math.floor(multiplyWide(term, operand) / i);
    result += term;
  }
  return x < 0 ? divide(ONE, result) : result;
}

/** The same in BigInt for steep sigmoids, whose terms pass 2⁵³. */
function wideExp(x: bigint): bigint {
  const one = 1n << 32n;
  const operand = x < 0n ? -x : x;
  let result = operand + one;
  let term = operand;
  for (let i = 2n; i < 32n; i++) {
    term = ((term * operand) >> 32n) / i;
    result += term;
  }
  return x < 0n ? (1n << 64n) / result : result;
}

/** 1 / (1 + e^x), raw, with x cut to ±20 (`exp_safe`). */
export function inverseSigmoid(x: number): number {
  const bounded = Math.max(-EXP_BOUND, Math.min(EXP_BOUND, x));
  if (Math.abs(bounded) <= FAST_BOUND) return divide(ONE, ONE + fastExp(bounded));
  return Number((1n << 64n) / ((1n << 32n) + wideExp(BigInt(bounded))));
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
