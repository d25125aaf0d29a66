/** TAO becomes stake, after the chain's checks in its order. */
import {
  type AccountId,
  type BlockContext,
  type CallContext,
  DispatchFailure,
  ensure,
  event,
} from "../../declare/index.ts";
import { freeOf } from "../balances/ledger.ts";
import { least } from "../fixed-point.ts";
import { subnetAccount } from "./accounts.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { hotkeyExists } from "./ownership.ts";
import { increaseStake, isWorthAShare, rememberStaking } from "./share-pool.ts";
import { S } from "./storage.ts";
import { type At, ROOT, subnetExists } from "./subnets.ts";
import { ensureWithinPool, MAX_PRICE, quoteBuy, swapFee, swapTaoForAlpha } from "./swaps.ts";
import { burnTao, transferToSubnet } from "./tao.ts";

/** Rao that a stake or what comes of it is at least worth. */
export const MIN_STAKE = 2_000_000n;

export interface Limit {
  /** Rao of TAO for one alpha. */
  price: bigint;
  /** Takes as much as the limit allows instead of nothing. */
  partial: boolean;
}

export function addStake(
  context: CallContext,
  hotkey: AccountId,
  netuid: number,
  amount: bigint,
  limit?: Limit,
): bigint {
  const coldkey = context.signer();
  ensureWithinPool(context, netuid, amount);
  const most = limit === undefined ? amount : mostToAdd(context, netuid, limit.price);
  checkAdd(context, { coldkey, hotkey, netuid, amount, most, partial: limit?.partial ?? false });
  if (limit !== undefined && context.state.get(S.Owner, hotkey) !== coldkey) becomeDelegate(context, hotkey);
  return stakeInto(context, { hotkey, coldkey, netuid, tao: least(amount, most), limitPrice: limit?.price });
}

/** TAO that may enter before the price passes the limit. */
export function mostToAdd(at: At, netuid: number, price: bigint): bigint {
  const pooled = at.state.get(S.SubnetMechanism, netuid) === 1 && netuid !== ROOT;
  if (!pooled) return price >= ONE_TAO ? NO_LIMIT : 0n;
  const { paidIn, fee } = quoteBuy(at, netuid, at.state.get(S.SubnetTAO, netuid) * 1_000n, {
    limitPrice: price,
  });
  return paidIn + fee;
}

export const ONE_TAO = 1_000_000_000n;
/** As much as one likes. */
export const NO_LIMIT = 2n ** 64n - 1n;

interface Adding {
  coldkey: AccountId;
  hotkey: AccountId;
  netuid: number;
  amount: bigint;
  most: bigint;
  partial: boolean;
}

function checkAdd(context: BlockContext, { coldkey, hotkey, netuid, amount, most, partial }: Adding): void {
  ensure(subnetExists(context, netuid), errors, "SubnetNotExists");
  ensure(context.state.get(S.SubtokenEnabled, netuid), errors, "SubtokenDisabled");
  const fee = quoted(() => quoteBuy(context, netuid, MIN_STAKE))?.fee ?? swapFee(context, netuid, MIN_STAKE);
  ensure(amount >= MIN_STAKE + fee, errors, "AmountTooLow");
  if (!partial) ensure(amount <= most, errors, "SlippageTooHigh");
  const added = partial ? least(amount, most) : amount;
  ensure(freeOf(context.state, coldkey) >= added, errors, "NotEnoughBalanceToStake");
  ensure(hotkeyExists(context, hotkey), errors, "HotKeyAccountNotExists");
  const swap = quoted(() => quoteBuy(context, netuid, added, { limitPrice: MAX_PRICE }));
  ensure(swap !== undefined, errors, "InsufficientLiquidity");
  ensure(swap.paidIn >= MIN_STAKE, errors, "AmountTooLow");
  ensure(swap.paidOut > 0n, errors, "InsufficientLiquidity");
  ensure(isWorthAShare(context, hotkey, netuid, swap.paidOut), errors, "InsufficientLiquidity");
}

/** A swap that the pool would refuse is undefined: the checks have names of their own for it. */
export function quoted<T>(quote: () => T): T | undefined {
  try {
    return quote();
  } catch (error) {
    if (error instanceof DispatchFailure) return undefined;
    throw error;
  }
}

interface Staking {
  hotkey: AccountId;
  coldkey: AccountId;
  netuid: number;
  tao: bigint;
  limitPrice?: bigint | undefined;
  /** Without the swap's fee. */
  free?: boolean;
}

/** Moves the TAO, swaps it and gives the alpha to the coldkey's share. Returns the alpha. */
export function stakeInto(
  context: BlockContext,
  { hotkey, coldkey, netuid, tao, limitPrice = MAX_PRICE, free = false }: Staking,
): bigint {
  const { state, block } = context;
  const moved = transferToSubnet(context, netuid, coldkey, tao);
  const { paidOut, fee } = swapTaoForAlpha(context, netuid, moved, { limitPrice, free });
  ensure(paidOut > 0n, errors, "AmountTooLow");
  ensure(isWorthAShare(context, hotkey, netuid, paidOut), errors, "InsufficientLiquidity");
  increaseStake(context, hotkey, coldkey, netuid, paidOut);
  rememberStaking(context, hotkey, coldkey);
  if (fee > 0n) payFee(context, netuid, fee);
  state.put(S.LastColdkeyHotkeyStakeBlock, coldkey, hotkey, BigInt(block));
  context.emit(event(events, "StakeAdded", [coldkey, hotkey, moved, paidOut, netuid, fee]));
  return paidOut;
}

/** A fee too small to open the burn account stays where it is. */
function payFee(context: BlockContext, netuid: number, fee: bigint): void {
  try {
    context.state.layer(() => burnTao(context, subnetAccount(netuid), fee));
  } catch (error) {
    if (!(error instanceof DispatchFailure)) throw error;
  }
}

/** A hotkey on which others stake takes its share from then on. */
export function becomeDelegate({ state }: BlockContext, hotkey: AccountId): void {
  if (!state.has(S.Delegates, hotkey)) state.put(S.Delegates, hotkey, state.get(S.Delegates, hotkey));
}
