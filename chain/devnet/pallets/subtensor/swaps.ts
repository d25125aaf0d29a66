/** TAO for alpha and back, through a subnet's pool. Root and subnets of mechanism 0 swap one for one, without a fee. */
import { type BlockContext, ensure, moduleError } from "../../declare/index.ts";
import { less, u64f64 } from "../fixed-point.ts";
import { FeeRate, errors as swapErrors } from "../swap/pallet.ts";
import { buyAlpha, feeOf, priceOf, type Reserves, type Swap, sellAlpha } from "../swap/pool.ts";
import { errors } from "./errors.ts";
import { S } from "./storage.ts";
import { type At, ROOT, subnetExists } from "./subnets.ts";

/** What the chain takes for no limit: rao of TAO for one alpha. */
export const MAX_PRICE = 1_000_000_000_000_000n;
export const MIN_PRICE = 1_000n;
const RAO = 1_000_000_000n;

const isDynamic = ({ state }: At, netuid: number): boolean => state.get(S.SubnetMechanism, netuid) === 1;

const reservesOf = ({ state }: At, netuid: number): Reserves => ({
  tao: state.get(S.SubnetTAO, netuid),
  alpha: state.get(S.SubnetAlphaIn, netuid),
});

/** TAO per alpha, U64F64 raw bits. */
export const alphaPrice = (at: At, netuid: number): bigint =>
  isDynamic(at, netuid) ? priceOf(reservesOf(at, netuid)) : u64f64.one;

/** A price limit in rao, as U64F64. */
const limit = (rao: bigint): bigint => u64f64.ratio(rao, RAO);

interface SwapOptions {
  /** Rao of TAO for one alpha. */
  limitPrice?: bigint;
  free?: boolean;
}

/** What buying alpha would give. Fails with the swap pallet's error. */
export function quoteBuy(at: At, netuid: number, amount: bigint, options: SwapOptions = {}): Swap {
  if (!isDynamic(at, netuid)) return oneForOne(at, netuid, amount);
  const result = buyAlpha(reservesOf(at, netuid), order(at, netuid, amount, options, MAX_PRICE));
  if (typeof result === "string") throw moduleError(swapErrors, result);
  return result;
}

/** What selling alpha would give. */
export function quoteSell(at: At, netuid: number, amount: bigint, options: SwapOptions = {}): Swap {
  if (!isDynamic(at, netuid)) return oneForOne(at, netuid, amount);
  const result = sellAlpha(reservesOf(at, netuid), order(at, netuid, amount, options, MIN_PRICE));
  if (typeof result === "string") throw moduleError(swapErrors, result);
  return result;
}

const order = (
  at: At,
  netuid: number,
  amount: bigint,
  { limitPrice, free }: SwapOptions,
  fallback: bigint,
) => ({
  amount,
  feeRate: free === true ? 0 : at.state.get(FeeRate, netuid),
  limitPrice: limit(limitPrice ?? fallback),
});

function oneForOne(at: At, netuid: number, amount: bigint): Swap {
  const paid = subnetExists(at, netuid) ? amount : 0n;
  return { paidIn: paid, paidOut: paid, fee: 0n };
}

/** The fee on an amount, in what is paid in. */
export const swapFee = (at: At, netuid: number, amount: bigint): bigint =>
  isDynamic(at, netuid) ? feeOf(amount, at.state.get(FeeRate, netuid)) : 0n;

/** Swaps TAO that the subnet's account holds already; what it buys belongs to nobody yet. */
export function swapTaoForAlpha(
  context: BlockContext,
  netuid: number,
  tao: bigint,
  options: SwapOptions = {},
): Swap {
  const { state } = context;
  const swap = quoteBuy(context, netuid, tao, options);
  state.put(S.SubnetAlphaIn, netuid, less(state.get(S.SubnetAlphaIn, netuid), swap.paidOut));
  state.put(S.SubnetAlphaOut, netuid, state.get(S.SubnetAlphaOut, netuid) + swap.paidOut);
  state.put(S.SubnetTAO, netuid, state.get(S.SubnetTAO, netuid) + swap.paidIn);
  state.put(S.TotalStake, state.get(S.TotalStake) + tao);
  state.put(S.SubnetVolume, netuid, state.get(S.SubnetVolume, netuid) + tao);
  return swap;
}

/** Swaps alpha that was outside the pool; the TAO stays on the subnet's account until it is sent on. */
export function swapAlphaForTao(
  context: BlockContext,
  netuid: number,
  alpha: bigint,
  options: SwapOptions = {},
): Swap {
  const { state } = context;
  const swap = quoteSell(context, netuid, alpha, options);
  state.put(S.SubnetAlphaIn, netuid, state.get(S.SubnetAlphaIn, netuid) + swap.paidIn);
  state.put(S.SubnetAlphaOut, netuid, less(state.get(S.SubnetAlphaOut, netuid), swap.paidIn));
  state.put(S.SubnetTAO, netuid, less(state.get(S.SubnetTAO, netuid), swap.paidOut));
  state.put(S.TotalStake, less(state.get(S.TotalStake), swap.paidOut));
  state.put(S.SubnetVolume, netuid, state.get(S.SubnetVolume, netuid) + swap.paidOut);
  return swap;
}

/** The chain takes no more than a thousand times the pool's TAO at once. */
export function ensureWithinPool(at: At, netuid: number, tao: bigint): void {
  if (netuid === ROOT || !isDynamic(at, netuid)) return;
  ensure(tao <= at.state.get(S.SubnetTAO, netuid) * 1_000n, errors, "InsufficientLiquidity");
}
