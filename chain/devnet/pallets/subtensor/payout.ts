/** What an epoch pays: incentive to miners, dividends to validators, their parents and their stakers, the cut to the owner. */
import { type AccountId, type BlockContext, event } from "../../declare/index.ts";
import { less, U16_MAX, U64_MAX, u96f32 } from "../fixed-point.ts";
import { burnAlpha, recycleAlpha } from "./alpha.ts";
import { childTake } from "./children.ts";
import { events } from "./events.ts";
import { taoWeightOf } from "./inherited-stake.ts";
import { changeForAll, hotkeyStake, increaseStake, stakeOf } from "./share-pool.ts";
import { S } from "./storage.ts";
import type { NeuronEmission } from "./subnet-epoch.ts";
import { type At, ROOT, uidOf } from "./subnets.ts";

/** Rao of alpha that a subnet has gathered since its last epoch. */
export interface Pending {
  server: bigint;
  validator: bigint;
  root: bigint;
  owner: bigint;
}

/** U96F32 by hotkey. */
type Shares = Map<AccountId, bigint>;

export function payOut(
  context: BlockContext,
  netuid: number,
  pending: Pending,
  emission: readonly NeuronEmission[],
): void {
  // The chain walks its maps by account.
  const sorted = [...emission].sort((a, b) => (a.hotkey < b.hotkey ? -1 : 1));
  const anyIncentive = sorted.some(({ incentive }) => incentive > 0n);
  const validators = anyIncentive ? pending.validator : pending.validator + pending.server;
  const dividends = inherit(context, netuid, sorted);
  const { alpha, root } = byStake(context, netuid, dividends, { alpha: validators, root: pending.root });
  payOwner(context, netuid, pending.owner);
  payMiners(context, netuid, sorted);
  payValidators(context, netuid, alpha);
  payRoot(context, netuid, root);
}

function payOwner(context: BlockContext, netuid: number, cut: bigint): void {
  const { state } = context;
  if (!state.has(S.SubnetOwner, netuid) || !state.has(S.SubnetOwnerHotkey, netuid)) return;
  increaseStake(
    context,
    state.get(S.SubnetOwnerHotkey, netuid),
    state.get(S.SubnetOwner, netuid),
    netuid,
    cut,
  );
}

/** What the owner's own miners earn is withheld: burned, or recycled where the owner chose so. */
function payMiners(context: BlockContext, netuid: number, emission: readonly NeuronEmission[]): void {
  const { state } = context;
  const withheldFrom = new Set(ownersHotkeys(context, netuid));
  const recycles =
    state.has(S.RecycleOrBurn, netuid) && state.get(S.RecycleOrBurn, netuid).type === "Recycle";
  let total = 0n;
  let withheld = 0n;
  for (const { hotkey, incentive } of emission) {
    total += incentive;
    if (withheldFrom.has(hotkey)) {
      withheld += incentive;
      if (recycles) recycleAlpha(context, netuid, incentive);
      else burnAlpha(context, netuid, incentive);
      continue;
    }
    if (incentive === 0n) continue;
    const owner = state.get(S.Owner, hotkey);
    const destination = state.get(S.AutoStakeDestination, owner, netuid);
    if (destination !== undefined)
      context.emit(event(events, "AutoStakeAdded", { netuid, destination, hotkey, owner, incentive }));
    increaseStake(context, destination ?? hotkey, owner, netuid, incentive);
  }
  state.put(S.MinerBurned, netuid, { bits: u96f32.ratio(withheld, total) });
}

/** Hotkeys of the owner that are neurons here, the one that stands for the subnet included. */
function ownersHotkeys(at: At, netuid: number): AccountId[] {
  const { state } = at;
  const owned = state.get(S.OwnedHotkeys, state.get(S.SubnetOwner, netuid));
  const own = state.has(S.SubnetOwnerHotkey, netuid) ? [state.get(S.SubnetOwnerHotkey, netuid)] : [];
  return [...owned, ...own].filter((hotkey) => uidOf(at, netuid, hotkey) !== undefined);
}

/** A validator's dividends go in part to the hotkeys whose stake it validates with. */
function inherit(context: BlockContext, netuid: number, emission: readonly NeuronEmission[]): Shares {
  const shares: Shares = new Map();
  const give = (hotkey: AccountId, rao: bigint) =>
    shares.set(hotkey, (shares.get(hotkey) ?? 0n) + u96f32.from(rao));
  for (const { hotkey, dividend } of emission) {
    for (const [parent, part] of withParents(context, netuid, hotkey, dividend)) give(parent, part);
  }
  return new Map([...shares].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `get_parent_child_dividends_distribution`: by contribution to the stake, less the child's take from strangers. */
function withParents(
  context: BlockContext,
  netuid: number,
  hotkey: AccountId,
  dividend: bigint,
): [AccountId, bigint][] {
  const { state } = context;
  const parents = state.get(S.ParentKeys, hotkey, netuid);
  if (parents.length === 0) return [[hotkey, dividend]];
  const whole = u96f32.from(dividend);
  const take = u96f32.ratio(BigInt(childTake(context, hotkey, netuid)), U16_MAX);
  const burn = u96f32.ratio(state.get(S.CKBurn), U64_MAX);
  const own = u96f32.from(ownContribution(context, netuid, hotkey));
  const contributions = parents.map(([share, parent]) => contribution(context, netuid, parent, share));
  const total = contributions.reduce((sum, part) => sum + part, own);
  const owner = state.get(S.Owner, hotkey);
  const paid: [AccountId, bigint][] = [];
  let left = whole;
  let taken = 0n;
  for (const [at, [, parent]] of parents.entries()) {
    const part = u96f32.multiply(whole, u96f32.divide(contributions[at]!, total));
    left = less(left, part);
    const toStranger = state.get(S.Owner, parent) !== owner;
    const burned = toStranger ? u96f32.multiply(burn, part) : 0n;
    const kept = toStranger ? u96f32.multiply(take, part) : 0n;
    taken += kept;
    recycleAlpha(context, netuid, u96f32.floor(burned));
    paid.push([parent, u96f32.floor(less(less(part, burned), kept))]);
  }
  paid.push([hotkey, u96f32.floor(left + taken)]);
  return paid;
}

/** Stake that a hotkey validates with itself, U96F32 cut to whole rao. */
function ownContribution(at: At, netuid: number, hotkey: AccountId): bigint {
  const lent = at.state
    .get(S.ChildKeys, hotkey, netuid)
    .reduce((sum, [share]) => sum + u96f32.ratio(share, U64_MAX), 0n);
  return u96f32.floor(weighed(at, netuid, hotkey, less(u96f32.one, lent)));
}

const contribution = (at: At, netuid: number, parent: AccountId, share: bigint): bigint =>
  weighed(at, netuid, parent, u96f32.ratio(share, U64_MAX));

const weighed = (at: At, netuid: number, hotkey: AccountId, part: bigint): bigint =>
  u96f32.multiply(u96f32.from(hotkeyStake(at, hotkey, netuid)), part) +
  u96f32.multiply(u96f32.multiply(u96f32.from(hotkeyStake(at, hotkey, ROOT)), part), taoWeightOf(at));

/** Splits what validators get between those who stake alpha and those who stake on root (`calculate_dividend_distribution`). */
function byStake(
  at: At,
  netuid: number,
  dividends: Shares,
  pending: { alpha: bigint; root: bigint },
): { alpha: Shares; root: Shares } {
  const taoWeight = taoWeightOf(at);
  const alpha: Shares = new Map();
  const root: Shares = new Map();
  for (const [hotkey, dividend] of dividends) {
    const onRoot = u96f32.multiply(u96f32.from(hotkeyStake(at, hotkey, ROOT)), taoWeight);
    const all = u96f32.from(hotkeyStake(at, hotkey, netuid)) + onRoot;
    const rootPart = u96f32.multiply(dividend, u96f32.divide(onRoot, all));
    root.set(hotkey, rootPart);
    alpha.set(hotkey, less(dividend, rootPart));
  }
  return { alpha: proportional(alpha, pending.alpha), root: proportional(root, pending.root) };
}

function proportional(shares: Shares, rao: bigint): Shares {
  const total = [...shares.values()].reduce((sum, share) => sum + share, 0n);
  return new Map(
    [...shares].map(([hotkey, share]) => [
      hotkey,
      u96f32.multiply(u96f32.from(rao), u96f32.divide(share, total)),
    ]),
  );
}

/** The hotkey's take goes to its owner, the rest to everybody on it by share. */
function payValidators(context: BlockContext, netuid: number, dividends: Shares): void {
  const { state } = context;
  state.killAll(S.AlphaDividendsPerSubnet, netuid);
  for (const [hotkey, dividend] of dividends) {
    if (dividend === 0n) continue;
    const take = u96f32.multiply(takeOf(context, hotkey), dividend);
    increaseStake(context, hotkey, state.get(S.Owner, hotkey), netuid, u96f32.floor(take));
    const rest = u96f32.floor(less(dividend, take));
    changeForAll(context, hotkey, netuid, rest);
    state.put(S.AlphaDividendsPerSubnet, netuid, hotkey, rest);
    state.put(S.TotalHotkeyAlphaLastEpoch, hotkey, netuid, hotkeyStake(context, hotkey, netuid));
  }
}

const takeOf = ({ state }: At, hotkey: AccountId): bigint =>
  u96f32.ratio(BigInt(state.get(S.Delegates, hotkey)), U16_MAX);

/** The same for root, whose stakers get alpha at once here; on chain they claim it. */
function payRoot(context: BlockContext, netuid: number, dividends: Shares): void {
  const { state } = context;
  state.killAll(S.RootAlphaDividendsPerSubnet, netuid);
  for (const [hotkey, dividend] of dividends) {
    if (dividend === 0n) continue;
    const take = u96f32.multiply(takeOf(context, hotkey), dividend);
    increaseStake(context, hotkey, state.get(S.Owner, hotkey), netuid, u96f32.floor(take));
    const rest = u96f32.floor(less(dividend, take));
    const onRoot = hotkeyStake(context, hotkey, ROOT);
    for (const { keys } of state.entries(S.AlphaV2, hotkey)) {
      if (keys[2] !== ROOT || onRoot === 0n) continue;
      const part = (rest * stakeOf(context, hotkey, keys[1], ROOT)) / onRoot;
      increaseStake(context, hotkey, keys[1], netuid, part);
    }
    state.put(S.RootAlphaDividendsPerSubnet, netuid, hotkey, rest);
  }
}
