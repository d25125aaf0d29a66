/**
 * Decimal floating point in which the chain keeps shares of stake (`share_pool::SafeFloat`): a mantissa of 21 digits
 * times a power of ten, every operation rounding down. Undefined stands for an operation that the chain refuses.
 */
import { saturate } from "../fixed-point.ts";

export interface SafeFloat {
  mantissa: bigint;
  exponent: bigint;
}

const MAX = 10n ** 21n;
const MIN = MAX / 10n;
const DIGITS = 21n;

export const ZERO: SafeFloat = { mantissa: 0n, exponent: 0n };

export const fromInteger = (value: bigint): SafeFloat => normalised(value, 0n);

/** `a × b / c`; undefined when c is zero. */
export function multiplyDivide(a: SafeFloat, b: SafeFloat, c: SafeFloat): SafeFloat | undefined {
  if (c.mantissa === 0n) return undefined;
  return normalised((a.mantissa * b.mantissa) / c.mantissa, a.exponent + b.exponent - c.exponent);
}

export function add(a: SafeFloat, b: SafeFloat): SafeFloat {
  if (a.mantissa === 0n) return b;
  if (b.mantissa === 0n) return a;
  const [left, right, exponent] = aligned(a, b);
  return normalised(left + right, exponent);
}

/** `a - b`, not below zero; undefined when only a is zero. */
export function subtract(a: SafeFloat, b: SafeFloat): SafeFloat | undefined {
  if (b.mantissa === 0n) return a;
  if (a.mantissa === 0n) return undefined;
  const [left, right, exponent] = aligned(a, b);
  return normalised(left > right ? left - right : 0n, exponent);
}

/** Whole part, saturated to u64. */
export function toInteger({ mantissa, exponent }: SafeFloat): bigint {
  if (exponent === 0n) return saturate(mantissa);
  const scale = powerOfTen(exponent < 0n ? -exponent : exponent);
  return saturate(exponent > 0n ? mantissa * scale : mantissa / scale);
}

/** Both mantissas at the larger exponent. */
function aligned(a: SafeFloat, b: SafeFloat): [left: bigint, right: bigint, exponent: bigint] {
  return a.exponent >= b.exponent
    ? [a.mantissa, b.mantissa / powerOfTen(a.exponent - b.exponent), a.exponent]
    : [a.mantissa / powerOfTen(b.exponent - a.exponent), b.mantissa, b.exponent];
}

/** Beyond 22 digits a mantissa of 21 vanishes whatever the power. */
const powerOfTen = (exponent: bigint): bigint => (exponent > DIGITS + 1n ? MAX * 10n : 10n ** exponent);

function normalised(mantissa: bigint, exponent: bigint): SafeFloat {
  if (mantissa === 0n) return ZERO;
  let digits = mantissa;
  let power = exponent;
  while (digits > MAX) {
    digits /= 10n;
    power += 1n;
  }
  while (digits <= MIN) {
    digits *= 10n;
    power -= 1n;
  }
  return { mantissa: digits, exponent: power };
}
