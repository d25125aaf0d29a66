/**
 * A subnet's pool of TAO and alpha. The chain's weighted balancer at its weights of a half each, which is a constant
 * product; emission is injected at the current price, so that the weights never move.
 */
import { least, less, u64f64 } from "../fixed-point.ts";

export interface Reserves {
  tao: bigint;
  alpha: bigint;
}

export interface Swap {
  /** Rao that entered the pool, without the fee. */
  paidIn: bigint;
  paidOut: bigint;
  /** In the coin that was paid in. */
  fee: bigint;
}

export interface Order {
  /** Whole amount, the fee in it. */
  amount: bigint;
  /** u16 share of 65,535. */
  feeRate: number;
  /** TAO per alpha, U64F64 raw bits: buying stops at this price and selling too. */
  limitPrice: bigint;
}

export type SwapFailure = "ReservesTooLow" | "PriceLimitExceeded" | "SwapInputTooLarge";

/** Rao below which the chain does not swap. */
export const MINIMUM_RESERVE = 1_000_000n;
const MOST_RESERVES_AT_ONCE = 1_000n;
const U16_MAX = 65_535n;

/** TAO per alpha, U64F64 raw bits; zero without alpha. */
export const priceOf = ({ tao, alpha }: Reserves): bigint => u64f64.ratio(tao, alpha);

/** Buys alpha with TAO. */
export const buyAlpha = (reserves: Reserves, order: Order): Swap | SwapFailure =>
  swap({ from: reserves.tao, to: reserves.alpha }, order, priceOf(reserves) <= order.limitPrice, () =>
    inputUntil(reserves, order.limitPrice, "buy"),
  );

/** Sells alpha for TAO. */
export const sellAlpha = (reserves: Reserves, order: Order): Swap | SwapFailure =>
  swap({ from: reserves.alpha, to: reserves.tao }, order, priceOf(reserves) >= order.limitPrice, () =>
    inputUntil(reserves, order.limitPrice, "sell"),
  );

/** `amount × feeRate / 65535`, as U64F64. */
export const feeOf = (amount: bigint, feeRate: number): bigint =>
  u64f64.floor(u64f64.multiply(u64f64.from(amount), u64f64.ratio(BigInt(feeRate), U16_MAX)));

function swap(
  side: { from: bigint; to: bigint },
  { amount, feeRate }: Order,
  withinLimit: boolean,
  mostIn: () => bigint,
): Swap | SwapFailure {
  const fee = feeOf(amount, feeRate);
  const wanted = less(amount, fee);
  if (wanted > side.from * MOST_RESERVES_AT_ONCE) return "SwapInputTooLarge";
  if (side.to < MINIMUM_RESERVE) return "ReservesTooLow";
  if (!withinLimit) return "PriceLimitExceeded";
  const most = mostIn();
  const paidIn = least(wanted, most);
  const paidOut = outputOf(side, paidIn);
  if (paidIn > 0n && paidOut === 0n) return "ReservesTooLow";
  // A partial fill pays its fee on top of what entered.
  const due = wanted <= most ? fee : (paidIn * BigInt(feeRate)) / (U16_MAX - BigInt(feeRate));
  return { paidIn, paidOut, fee: due };
}

const outputOf = ({ from, to }: { from: bigint; to: bigint }, paidIn: bigint): bigint =>
  from + paidIn === 0n ? 0n : (to * paidIn) / (from + paidIn);

/** What may enter before the price reaches the limit: tao × alpha stays, so the reserve after is √(product × price). */
function inputUntil({ tao, alpha }: Reserves, limitPrice: bigint, side: "buy" | "sell"): bigint {
  const product = tao * alpha;
  if (side === "buy") return less(squareRoot((product * limitPrice) >> 64n), tao);
  return limitPrice === 0n ? U64 : less(squareRoot((product << 64n) / limitPrice), alpha);
}

const U64 = 2n ** 64n - 1n;

function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}
