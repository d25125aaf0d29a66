/** Subnets: their price, their beginning, and what their owners say of them. */
import { type AccountId, type BlockContext, type CallContext, ensure, event } from "../../declare/index.ts";
import { freeOf } from "../balances/ledger.ts";
import { largest, less, u64f64 } from "../fixed-point.ts";
import { isSubnetAccount, subnetAccount } from "./accounts.ts";
import { DEFAULT_TEMPO } from "./constants.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { appendNeuron } from "./neurons.ts";
import { claimHotkey, hotkeyExists, ownerOnly, owns } from "./ownership.ts";
import { mayRegisterNetwork, networkRegisteredAt, rememberNetwork } from "./rate-limits.ts";
import { S } from "./storage.ts";
import { type At, netuidsOf, ROOT, subnetExists } from "./subnets.ts";
import { alphaPrice } from "./swaps.ts";
import { symbolFor } from "./symbols.ts";
import { recycleTao, transferToSubnet } from "./tao.ts";
import type { SubnetIdentity } from "./types.ts";

/** Rao that a subnet costs now: twice the last price, falling to the least with time. */
export function lockCost(at: At): bigint {
  const { state, block } = at;
  const last = state.get(S.NetworkLastLockCost);
  const since = networkRegisteredAt(at);
  const interval = state.get(S.NetworkLockReductionInterval);
  const fallen = (interval === 0n ? 0n : last / interval) * (BigInt(block) - since);
  return largest(less(last * (since === 0n ? 1n : 2n), fallen), state.get(S.NetworkMinLockCost));
}

const MAX_SUBNETS = 128;
/** Dynamic: with a pool of its own. */
const DYNAMIC = 1;

export function registerNetwork(
  context: CallContext,
  hotkey: AccountId,
  identity: SubnetIdentity | undefined,
): void {
  const { state, block } = context;
  const coldkey = context.signer();
  ensure(!hotkeyExists(context, hotkey) || owns(context, coldkey, hotkey), errors, "NonAssociatedColdKey");
  ensure(!isSubnetAccount(hotkey), errors, "CannotUseSystemAccount");
  ensure(BigInt(block) >= state.get(S.NetworkRegistrationStartBlock), errors, "SubNetRegistrationDisabled");
  ensure(mayRegisterNetwork(context), errors, "NetworkTxRateLimitExceeded");
  const netuids = netuidsOf(context);
  const places = Math.min(MAX_SUBNETS, state.get(S.SubnetLimit));
  ensure(netuids.filter((netuid) => netuid !== ROOT).length < places, errors, "SubnetLimitReached");
  const cost = lockCost(context);
  ensure(freeOf(state, coldkey) >= cost, errors, "CannotAffordLockCost");

  const netuid = firstFree(netuids);
  const price = medianPrice(context);
  initNetwork(context, netuid, DEFAULT_TEMPO);
  const locked = transferToSubnet(context, netuid, coldkey, cost);
  state.put(S.NetworkLastLockCost, locked);
  rememberNetwork(context);
  claimHotkey(context, coldkey, hotkey);
  appendNeuron(context, netuid, hotkey);
  const used = state.entries(S.TokenSymbol).map(({ value }) => new TextDecoder().decode(value));
  openPool(context, netuid, { tao: locked, price });
  state.put(S.NetworkRegisteredAt, netuid, BigInt(block));
  state.put(S.RegisteredSubnetCounter, netuid, state.get(S.RegisteredSubnetCounter, netuid) + 1n);
  state.put(S.TokenSymbol, netuid, new TextEncoder().encode(symbolFor(netuid, used)));
  state.put(S.SubnetOwner, netuid, coldkey);
  setOwnerHotkey(context, netuid, hotkey);
  state.put(S.SubnetLocked, netuid, locked);
  if (identity !== undefined) putIdentity(context, netuid, identity);
  context.emit(event(events, "NetworkAdded", [netuid, DYNAMIC]));
  state.put(S.SubnetEmissionEnabled, netuid, false);
}

/** What every new subnet starts with (`init_new_network`). */
export function initNetwork({ state, block }: BlockContext, netuid: number, tempo: number): void {
  state.put(S.SubnetworkN, netuid, 0);
  state.put(S.NetworksAdded, netuid, true);
  state.put(S.Tempo, netuid, tempo);
  state.put(S.LastEpochBlock, netuid, less(BigInt(block), BigInt(netuid % Math.max(1, tempo))));
  state.put(S.TotalNetworks, state.get(S.TotalNetworks) + 1);
  state.put(S.NetworkRegistrationAllowed, netuid, true);
  state.put(S.MaxAllowedUids, netuid, 256);
  state.put(S.MaxAllowedValidators, netuid, 64);
  state.put(S.MinAllowedWeights, netuid, 1);
  state.put(S.ImmunityPeriod, netuid, 5_000);
  state.put(S.Yuma3On, netuid, true);
  state.put(S.Burn, netuid, 1_000_000_000n);
  state.put(S.SubnetEmissionEnabled, netuid, true);
  state.put(S.SubnetMechanism, netuid, DYNAMIC);
  // Clients that read these do not all know the defaults in metadata.
  state.put(S.Kappa, netuid, state.get(S.Kappa, netuid));
  state.put(S.ActivityCutoff, netuid, state.get(S.ActivityCutoff, netuid));
  state.put(S.RegistrationsThisInterval, netuid, 0);
}

/** A pool of what was locked, at least the least; what the lock has beyond it is unmade. */
function openPool(
  context: BlockContext,
  netuid: number,
  { tao, price }: { tao: bigint; price: bigint },
): void {
  const { state } = context;
  const pool = largest(tao, state.get(S.NetworkMinLockCost));
  const alpha = u64f64.floor(u64f64.divide(u64f64.from(pool), price));
  state.put(S.SubnetTAO, netuid, pool);
  state.put(S.SubnetAlphaIn, netuid, alpha);
  state.put(S.SubnetAlphaOut, netuid, 0n);
  state.put(S.SubnetVolume, netuid, 0n);
  const beyond = less(tao, pool);
  state.put(S.RAORecycledForRegistration, netuid, beyond);
  if (beyond > 0n) recycleTao(context, subnetAccount(netuid), beyond);
  state.put(S.TotalStake, state.get(S.TotalStake) + pool);
}

/** The middle price of all subnets, or 1 (`get_median_subnet_alpha_price`). */
function medianPrice(at: At): bigint {
  const prices = netuidsOf(at)
    .filter((netuid) => netuid !== ROOT)
    .map((netuid) => alphaPrice(at, netuid))
    .filter((price) => price > 0n)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (prices.length === 0) return u64f64.one;
  return (prices[(prices.length - 1) >> 1]! + prices[prices.length >> 1]!) / 2n;
}

function firstFree(netuids: readonly number[]): number {
  const taken = new Set(netuids);
  let netuid = 1;
  while (taken.has(netuid)) netuid++;
  return netuid;
}

export function startCall(context: CallContext, netuid: number): void {
  const { state, block } = context;
  ensure(subnetExists(context, netuid), errors, "SubnetNotExists");
  ownerOnly(context, netuid);
  ensure(!state.has(S.FirstEmissionBlockNumber, netuid), errors, "FirstEmissionBlockNumberAlreadySet");
  const earliest = state.get(S.NetworkRegisteredAt, netuid) + state.get(S.StartCallDelay);
  ensure(BigInt(block) >= earliest, errors, "NeedWaitingMoreBlocksToStarCall");
  const next = BigInt(block) + 1n;
  state.put(S.FirstEmissionBlockNumber, netuid, next);
  state.put(S.SubtokenEnabled, netuid, true);
  context.emit(event(events, "FirstEmissionBlockNumberSet", [netuid, next]));
}

export function setOwnerHotkey(context: BlockContext, netuid: number, hotkey: AccountId): void {
  ensure(!isSubnetAccount(hotkey), errors, "CannotUseSystemAccount");
  context.state.put(S.SubnetOwnerHotkey, netuid, hotkey);
  context.emit(event(events, "SubnetOwnerHotkeySet", [netuid, hotkey]));
}

export function setSubnetIdentity(context: CallContext, netuid: number, identity: SubnetIdentity): void {
  ensure(context.state.get(S.SubnetOwner, netuid) === context.signer(), errors, "NotSubnetOwner");
  putIdentity(context, netuid, identity);
}

/** Bytes that each part of an identity may have. */
const LONG = 1_024;
const SHORT = 256;

function putIdentity(context: BlockContext, netuid: number, identity: SubnetIdentity): void {
  const { subnet_name, discord, ...others } = identity;
  const fits =
    subnet_name.length <= SHORT &&
    discord.length <= SHORT &&
    Object.values(others).every(({ length }) => length <= LONG);
  ensure(fits, errors, "InvalidIdentity");
  context.state.put(S.SubnetIdentitiesV3, netuid, identity);
  context.emit(event(events, "SubnetIdentitySet", netuid));
}
