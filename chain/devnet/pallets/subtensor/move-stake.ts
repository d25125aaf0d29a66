/** Stake goes to another hotkey, another coldkey or another subnet. */
import { type AccountId, type CallContext, ensure, event } from "../../declare/index.ts";
import { least, u64f64 } from "../fixed-point.ts";
import {
  becomeDelegate,
  type Limit,
  MIN_STAKE,
  mostToAdd,
  NO_LIMIT,
  ONE_TAO,
  quoted,
  stakeInto,
} from "./add-stake.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { hotkeyExists } from "./ownership.ts";
import { mostToRemove, unstakeFrom } from "./remove-stake.ts";
import { decreaseStake, increaseStake, stakeOf } from "./share-pool.ts";
import { S } from "./storage.ts";
import { type At, ROOT, subnetExists } from "./subnets.ts";
import { alphaPrice, quoteSell } from "./swaps.ts";
import { transferTao } from "./tao.ts";

export interface Place {
  coldkey: AccountId;
  hotkey: AccountId;
  netuid: number;
}

export interface Move {
  from: Place;
  to: Place;
  amount: bigint;
  limit?: Limit;
  /** Given to another coldkey: subnets may forbid that. */
  given?: boolean;
}

/** Moves stake, by way of TAO when the subnet changes. Returns its worth in TAO (`transition_stake_internal`). */
export function moveStake(context: CallContext, { from, to, amount, limit, given = false }: Move): bigint {
  const { state } = context;
  const held = least(amount, stakeOf(context, from.hotkey, from.coldkey, from.netuid));
  const same = from.netuid === to.netuid;
  const most = same || limit === undefined ? held : mostToMove(context, from.netuid, to.netuid, limit.price);
  checkMove(context, { from, to, amount: held, most, limit, given });
  const moved = least(held, most);
  if (same) return moveWithin(context, from, to, moved);

  // One swap fee a move: on root there is none to pay.
  const fromRoot = from.netuid === ROOT;
  const tao = unstakeFrom(context, { ...from, to: from.coldkey, alpha: moved, free: fromRoot });
  if (from.coldkey !== to.coldkey) transferTao(context, from.coldkey, to.coldkey, tao);
  if (tao < MIN_STAKE) return tao;
  if (state.get(S.Owner, to.hotkey) !== to.coldkey) becomeDelegate(context, to.hotkey);
  stakeInto(context, { ...to, tao, free: !fromRoot });
  return tao;
}

interface Checking {
  from: Place;
  to: Place;
  amount: bigint;
  most: bigint;
  limit: Limit | undefined;
  given: boolean;
}

function checkMove(context: CallContext, { from, to, amount, most, limit, given }: Checking): void {
  const { state } = context;
  const same = from.netuid === to.netuid;
  if (from.coldkey === to.coldkey && from.hotkey === to.hotkey) ensure(!same, errors, "SameNetuid");
  ensure(subnetExists(context, from.netuid), errors, "SubnetNotExists");
  ensure(subnetExists(context, to.netuid), errors, "SubnetNotExists");
  ensure(state.get(S.SubtokenEnabled, from.netuid), errors, "SubtokenDisabled");
  ensure(state.get(S.SubtokenEnabled, to.netuid), errors, "SubtokenDisabled");
  ensure(hotkeyExists(context, from.hotkey), errors, "HotKeyAccountNotExists");
  ensure(hotkeyExists(context, to.hotkey), errors, "HotKeyAccountNotExists");
  ensure(
    amount <= stakeOf(context, from.hotkey, from.coldkey, from.netuid),
    errors,
    "NotEnoughStakeToWithdraw",
  );
  if (!same) {
    const swap = quoted(() => quoteSell(context, from.netuid, amount));
    ensure(swap !== undefined, errors, "InsufficientLiquidity");
    ensure(swap.paidOut > MIN_STAKE, errors, "AmountTooLow");
    if (limit !== undefined && !limit.partial) ensure(amount <= most, errors, "SlippageTooHigh");
  }
  if (given) {
    ensure(state.get(S.TransferToggle, from.netuid), errors, "TransferDisallowed");
    ensure(state.get(S.TransferToggle, to.netuid), errors, "TransferDisallowed");
  }
}

/** On the same subnet nothing is swapped. */
function moveWithin(context: CallContext, from: Place, to: Place, alpha: bigint): bigint {
  decreaseStake(context, from.hotkey, from.coldkey, from.netuid, alpha);
  increaseStake(context, to.hotkey, to.coldkey, to.netuid, alpha);
  const worth = u64f64.floor(u64f64.multiply(alphaPrice(context, from.netuid), u64f64.from(alpha)));
  ensure(worth >= MIN_STAKE, errors, "AmountTooLow");
  context.state.put(S.LastColdkeyHotkeyStakeBlock, to.coldkey, to.hotkey, BigInt(context.block));
  context.emit(event(events, "StakeRemoved", [from.coldkey, from.hotkey, worth, alpha, from.netuid, 0n]));
  context.emit(event(events, "StakeAdded", [to.coldkey, to.hotkey, worth, alpha, to.netuid, 0n]));
  return worth;
}

/** Alpha of the first subnet that may move before its price in alpha of the second falls below the limit. */
function mostToMove(at: At, from: number, to: number, limit: bigint): bigint {
  const stable = (netuid: number) => netuid === ROOT || at.state.get(S.SubnetMechanism, netuid) === 0;
  if (stable(from) && stable(to)) return limit > ONE_TAO ? 0n : NO_LIMIT;
  if (stable(from)) return limit === 0n ? NO_LIMIT : mostToAdd(at, to, (ONE_TAO * ONE_TAO) / limit);
  if (stable(to)) return mostToRemove(at, from, limit);
  const [tao1, tao2] = [at.state.get(S.SubnetTAO, from), at.state.get(S.SubnetTAO, to)];
  const [alpha1, alpha2] = [at.state.get(S.SubnetAlphaIn, from), at.state.get(S.SubnetAlphaIn, to)];
  if (tao1 === 0n || tao2 === 0n || alpha1 === 0n || alpha2 === 0n) return 0n;
  const wanted = u64f64.ratio(limit, ONE_TAO);
  if (wanted > u64f64.divide(alphaPrice(at, from), alphaPrice(at, to))) return 0n;
  if (limit === 0n) return NO_LIMIT;
  const sum = u64f64.from(tao1 + tao2);
  const first = u64f64.divide(
    u64f64.multiply(u64f64.from(alpha2), u64f64.divide(u64f64.from(tao1), sum)),
    wanted,
  );
  const second = u64f64.multiply(u64f64.from(alpha1), u64f64.divide(u64f64.from(tao2), sum));
  return first > second ? u64f64.floor(first - second) : 0n;
}
