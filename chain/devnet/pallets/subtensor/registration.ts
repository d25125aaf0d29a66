/** A hotkey joins a subnet for the price of the block, which is burned. */
import { type AccountId, type CallContext, ensure, event } from "../../declare/index.ts";
import { freeOf } from "../balances/ledger.ts";
import { less, saturate } from "../fixed-point.ts";
import { raisedBurn } from "./burn-price.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { appendNeuron, registerNeuron, replaceNeuron, whoGivesWay } from "./neurons.ts";
import { claimHotkey, owns } from "./ownership.ts";
import { hotkeyStake } from "./share-pool.ts";
import { S } from "./storage.ts";
import { hotkeysOf, ROOT, subnetExists } from "./subnets.ts";
import { swapTaoForAlpha } from "./swaps.ts";
import { transferToSubnet } from "./tao.ts";

/** `burned_register`, and `register`, whose proof of work the chain ignores. */
export function register(context: CallContext, netuid: number, hotkey: AccountId): void {
  const { state } = context;
  const coldkey = context.signer();
  ensure(netuid !== ROOT, errors, "RegistrationNotPermittedOnRootSubnet");
  ensure(subnetExists(context, netuid), errors, "SubnetNotExists");
  ensure(state.get(S.NetworkRegistrationAllowed, netuid), errors, "SubNetRegistrationDisabled");
  ensure(!state.has(S.Uids, netuid, hotkey), errors, "HotKeyAlreadyRegisteredInSubNet");
  const burn = state.get(S.Burn, netuid);
  ensure(freeOf(state, coldkey) >= burn, errors, "NotEnoughBalanceToStake");
  claimHotkey(context, coldkey, hotkey);
  ensure(owns(context, coldkey, hotkey), errors, "NonAssociatedColdKey");
  const places = state.get(S.MaxAllowedUids, netuid);
  ensure(places !== 0, errors, "NoNeuronIdAvailable");
  if (state.get(S.SubnetworkN, netuid) >= places)
    ensure(whoGivesWay(context, netuid) !== undefined, errors, "NoNeuronIdAvailable");

  const paid = transferToSubnet(context, netuid, coldkey, burn);
  const { paidOut } = swapTaoForAlpha(context, netuid, paid);
  state.put(S.SubnetAlphaOut, netuid, less(state.get(S.SubnetAlphaOut, netuid), paidOut));
  const uid = registerNeuron(context, netuid, hotkey);
  state.put(
    S.Burn,
    netuid,
    raisedBurn(
      { burn, minBurn: state.get(S.MinBurn, netuid), maxBurn: state.get(S.MaxBurn, netuid) },
      state.get(S.BurnIncreaseMult, netuid).bits,
    ),
  );
  state.put(
    S.RegistrationsThisBlock,
    netuid,
    Math.min(65_535, state.get(S.RegistrationsThisBlock, netuid) + 1),
  );
  // Root may have set it to anything.
  state.put(
    S.RAORecycledForRegistration,
    netuid,
    saturate(state.get(S.RAORecycledForRegistration, netuid) + burn),
  );
  context.emit(event(events, "NeuronRegistered", [netuid, uid, hotkey]));
}

/** The same, unless it costs more than that. */
export function registerLimit(context: CallContext, netuid: number, hotkey: AccountId, limit: bigint): void {
  context.signer();
  ensure(netuid !== ROOT, errors, "RegistrationNotPermittedOnRootSubnet");
  ensure(subnetExists(context, netuid), errors, "SubnetNotExists");
  ensure(context.state.get(S.Burn, netuid) <= limit, errors, "RegistrationPriceLimitExceeded");
  register(context, netuid, hotkey);
}

const ROOT_PLACES = 64;
const DEFAULT_TAKE = 11_796;

/** Root takes a hotkey for nothing while it has room, later for more stake than its poorest. */
export function rootRegister(context: CallContext, hotkey: AccountId): void {
  const { state } = context;
  ensure(subnetExists(context, ROOT), errors, "RootNetworkDoesNotExist");
  const coldkey = context.signer();
  ensure(
    state.get(S.RegistrationsThisBlock, ROOT) < state.get(S.MaxRegistrationsPerBlock, ROOT),
    errors,
    "TooManyRegistrationsThisBlock",
  );
  ensure(
    state.get(S.RegistrationsThisInterval, ROOT) < 3 * state.get(S.TargetRegistrationsPerInterval, ROOT),
    errors,
    "TooManyRegistrationsThisInterval",
  );
  ensure(!state.has(S.Uids, ROOT, hotkey), errors, "HotKeyAlreadyRegisteredInSubNet");
  claimHotkey(context, coldkey, hotkey);
  const uid = rootPlace(context, hotkey);
  if (!state.has(S.Delegates, hotkey)) state.put(S.Delegates, hotkey, DEFAULT_TAKE);
  state.put(S.RegistrationsThisInterval, ROOT, state.get(S.RegistrationsThisInterval, ROOT) + 1);
  state.put(S.RegistrationsThisBlock, ROOT, state.get(S.RegistrationsThisBlock, ROOT) + 1);
  context.emit(event(events, "NeuronRegistered", [ROOT, uid, hotkey]));
}

function rootPlace(context: CallContext, hotkey: AccountId): number {
  const there = hotkeysOf(context, ROOT);
  if (there.length < ROOT_PLACES) {
    appendNeuron(context, ROOT, hotkey);
    return there.length;
  }
  const stakes = there.map((other) => hotkeyStake(context, other, ROOT));
  const poorest = stakes.reduce((lowest, stake, uid) => (stake < stakes[lowest]! ? uid : lowest), 0);
  ensure(stakes[poorest]! < hotkeyStake(context, hotkey, ROOT), errors, "StakeTooLowForRoot");
  replaceNeuron(context, ROOT, poorest, hotkey);
  return poorest;
}
