/** Stake becomes TAO again, after the chain's checks in its order. */
import {
  type AccountId,
  type BlockContext,
  type CallContext,
  DispatchFailure,
  ensure,
  event,
} from "../../declare/index.ts";
import { least, less, u64f64 } from "../fixed-point.ts";
import { type Limit, MIN_STAKE, NO_LIMIT, ONE_TAO, quoted, stakeInto } from "./add-stake.ts";
import { burnAlpha } from "./alpha.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { hotkeyExists, owns } from "./ownership.ts";
import { decreaseStake, increaseStake, stakeOf } from "./share-pool.ts";
import { S } from "./storage.ts";
import { type At, netuidsOf, ROOT, subnetExists } from "./subnets.ts";
import { alphaPrice, quoteSell, swapAlphaForTao } from "./swaps.ts";
import { transferFromSubnet } from "./tao.ts";

export function removeStake(
  context: CallContext,
  hotkey: AccountId,
  netuid: number,
  amount: bigint,
  limit?: Limit,
): void {
  const coldkey = context.signer();
  if (limit === undefined) ensure(context.state.get(S.SubtokenEnabled, netuid), errors, "SubtokenDisabled");
  const wanted = limit === undefined ? least(amount, stakeOf(context, hotkey, coldkey, netuid)) : amount;
  const most = limit === undefined ? wanted : mostToRemove(context, netuid, limit.price);
  checkRemove(context, { coldkey, hotkey, netuid, amount: wanted, most, partial: limit?.partial ?? false });
  unstakeFrom(context, {
    hotkey,
    coldkey,
    to: coldkey,
    netuid,
    alpha: least(wanted, most),
    limitPrice: limit?.price,
  });
  clearSmallNomination(context, hotkey, coldkey, netuid);
}

/** Alpha that may be sold before the price falls below the limit. */
export function mostToRemove(at: At, netuid: number, price: bigint): bigint {
  const pooled = at.state.get(S.SubnetMechanism, netuid) === 1 && netuid !== ROOT;
  if (!pooled) return price <= ONE_TAO ? NO_LIMIT : 0n;
  const { paidIn, fee } = quoteSell(at, netuid, at.state.get(S.SubnetAlphaIn, netuid) * 1_000n, {
    limitPrice: price,
  });
  return paidIn + fee;
}

interface Removing {
  coldkey: AccountId;
  hotkey: AccountId;
  netuid: number;
  amount: bigint;
  most: bigint;
  partial: boolean;
}

export function checkRemove(
  context: BlockContext,
  { coldkey, hotkey, netuid, amount, most, partial }: Removing,
): void {
  ensure(subnetExists(context, netuid), errors, "SubnetNotExists");
  ensure(amount > 0n, errors, "AmountTooLow");
  const held = stakeOf(context, hotkey, coldkey, netuid);
  ensure(held >= amount, errors, "NotEnoughStakeToWithdraw");
  const swap = quoted(() => quoteSell(context, netuid, amount));
  ensure(swap !== undefined, errors, "InsufficientLiquidity");
  if (held > amount) ensure(swap.paidOut >= MIN_STAKE, errors, "AmountTooLow");
  if (!partial) ensure(amount <= most, errors, "SlippageTooHigh");
  ensure(hotkeyExists(context, hotkey), errors, "HotKeyAccountNotExists");
}

interface Unstaking {
  hotkey: AccountId;
  coldkey: AccountId;
  /** Who gets the TAO. */
  to: AccountId;
  netuid: number;
  alpha: bigint;
  limitPrice?: bigint | undefined;
  free?: boolean;
}

/** Sells alpha of a coldkey's share; what the pool did not take goes back. Returns the TAO. */
export function unstakeFrom(
  context: BlockContext,
  { hotkey, coldkey, to, netuid, alpha, limitPrice, free = false }: Unstaking,
): bigint {
  const { state, block } = context;
  decreaseStake(context, hotkey, coldkey, netuid, alpha);
  const { paidIn, paidOut, fee } = swapAlphaForTao(context, netuid, alpha, {
    ...(limitPrice === undefined ? {} : { limitPrice }),
    free,
  });
  const back = less(alpha, paidIn + fee);
  if (back > 0n) increaseStake(context, hotkey, coldkey, netuid, back);
  transferFromSubnet(context, netuid, to, paidOut);
  burnAlpha(context, netuid, fee);
  state.put(S.LastColdkeyHotkeyStakeBlock, coldkey, hotkey, BigInt(block));
  context.emit(event(events, "StakeRemoved", [coldkey, hotkey, paidOut, paidIn, netuid, fee]));
  return paidOut;
}

/** What is left of somebody else's stake and is worth too little goes back to its owner. */
export function clearSmallNomination(
  context: BlockContext,
  hotkey: AccountId,
  coldkey: AccountId,
  netuid: number,
): void {
  const { state } = context;
  if (owns(context, coldkey, hotkey)) return;
  const alpha = stakeOf(context, hotkey, coldkey, netuid);
  const needed = u64f64.floor(
    u64f64.divide(u64f64.from(state.get(S.NominatorMinRequiredStake)), alphaPrice(context, netuid)),
  );
  if (alpha === 0n || alpha >= needed) return;
  try {
    state.layer(() => unstakeFrom(context, { hotkey, coldkey, to: coldkey, netuid, alpha }));
  } catch (error) {
    if (!(error instanceof DispatchFailure)) throw error;
    decreaseStake(context, hotkey, coldkey, netuid, alpha);
  }
}

/** Sells all that a coldkey has behind a hotkey, wherever that is possible; with `intoRoot`, stakes it there. */
export function unstakeAll(
  context: CallContext,
  hotkey: AccountId,
  { intoRoot }: { intoRoot: boolean },
): void {
  const coldkey = context.signer();
  ensure(hotkeyExists(context, hotkey), errors, "HotKeyAccountNotExists");
  let tao = 0n;
  for (const netuid of netuidsOf(context)) {
    if (!context.state.get(S.SubtokenEnabled, netuid) || (intoRoot && netuid === ROOT)) continue;
    const amount = stakeOf(context, hotkey, coldkey, netuid);
    const allowed = quoted(() => {
      checkRemove(context, { coldkey, hotkey, netuid, amount, most: amount, partial: false });
      return true;
    });
    if (allowed === undefined) continue;
    tao += unstakeFrom(context, { hotkey, coldkey, to: coldkey, netuid, alpha: amount });
    clearSmallNomination(context, hotkey, coldkey, netuid);
  }
  if (intoRoot) stakeInto(context, { hotkey, coldkey, netuid: ROOT, tao });
}
