/** What a registration costs: it decays with every block and jumps with every registration. */
import { largest, least, u64f64 } from "../fixed-point.ts";

export interface BurnPrice {
  burn: bigint;
  minBurn: bigint;
  maxBurn: bigint;
}

const ONE = 1n << 32n;
const HALF = 1n << 31n;
const BITS_64 = 2n ** 64n - 1n;

/** The price one block later. `halfLife` in blocks; 0 stands still (`update_registration_prices_for_networks`). */
export const decayedBurn = (price: BurnPrice, halfLife: number): bigint =>
  clamped(price, halfLife > 0 ? multiply(price.burn, decayFactor(halfLife)) : price.burn);

/** The price after a registration. `multiplier` is U64F64 raw bits; below 1 counts as 1. */
export const raisedBurn = (price: BurnPrice, multiplier: bigint): bigint =>
  clamped(price, u64f64.floor(u64f64.multiply(u64f64.from(price.burn), largest(multiplier, u64f64.one))));

const clamped = ({ minBurn, maxBurn }: BurnPrice, burn: bigint): bigint =>
  least(largest(burn, minBurn), maxBurn);

const factors = new Map<number, bigint>();
const FACTORS_KEPT = 1_024;

/** Per block, with 32 fraction bits: the largest whose `halfLife`-th power is not above a half, found by halving. */
function decayFactor(halfLife: number): bigint {
  const known = factors.get(halfLife);
  if (known !== undefined) return known;
  let low = 0n;
  let high = ONE;
  while (low + 1n < high) {
    const middle = low + ((high - low) >> 1n);
    if (power(middle, halfLife) > HALF) high = middle;
    else low = middle;
  }
  if (factors.size >= FACTORS_KEPT) factors.clear();
  factors.set(halfLife, low);
  return low;
}

const multiply = (value: bigint, factor: bigint): bigint => least((value * factor) >> 32n, BITS_64);

function power(base: bigint, exponent: number): bigint {
  let result = ONE;
  let factor = base;
  for (let left = exponent; left > 0; left >>= 1) {
    if (left % 2 === 1) result = multiply(result, factor);
    factor = multiply(factor, factor);
  }
  return result;
}
