/** Neurons come to a subnet at its end, or in the place of another. */
import { type AccountId, type BlockContext, ensure, type StorageItem } from "../../declare/index.ts";
import { errors } from "./errors.ts";
import { neuronToPrune, type Prunable } from "./pruning.ts";
import { S } from "./storage.ts";
import { type At, hotkeysOf, mechanismsOf, uidOf } from "./subnets.ts";

/** A vector with one element a uid. */
type Vector<T> = StorageItem<[number], T[], T[]>;

/** Puts a hotkey on the subnet: a new uid while there is room, otherwise that of the neuron that gives way. */
export function registerNeuron(context: BlockContext, netuid: number, hotkey: AccountId): number {
  const { state } = context;
  const n = state.get(S.SubnetworkN, netuid);
  if (n < state.get(S.MaxAllowedUids, netuid)) {
    appendNeuron(context, netuid, hotkey);
    return n;
  }
  const uid = whoGivesWay(context, netuid);
  ensure(uid !== undefined, errors, "NoNeuronIdAvailable");
  replaceNeuron(context, netuid, uid, hotkey);
  return uid;
}

export function appendNeuron(context: BlockContext, netuid: number, hotkey: AccountId): void {
  const { state, block } = context;
  const uid = state.get(S.SubnetworkN, netuid);
  state.put(S.SubnetworkN, netuid, uid + 1);
  const push = <T>(item: Vector<T>, index: number, value: T) =>
    state.mutate(item, [index], (values) => [...values, value]);
  push(S.Active, netuid, true);
  push(S.Emission, netuid, 0n);
  push(S.Consensus, netuid, 0);
  push(S.Dividends, netuid, 0);
  push(S.ValidatorTrust, netuid, 0);
  push(S.ValidatorPermit, netuid, false);
  for (const index of mechanismsOf(context, netuid)) {
    push(S.Incentive, index, 0);
    setLastUpdate(context, netuid, index, uid, block);
  }
  enter(context, netuid, uid, hotkey);
}

export function replaceNeuron(context: BlockContext, netuid: number, uid: number, hotkey: AccountId): void {
  const { state, block } = context;
  const old = state.get(S.Keys, netuid, uid);
  // The owner's neuron stays, whatever was asked.
  if (state.has(S.SubnetOwnerHotkey, netuid) && state.get(S.SubnetOwnerHotkey, netuid) === old) return;
  leave(context, netuid, old);
  setAt(context, S.Active, netuid, uid, true);
  enter(context, netuid, uid, hotkey);
  clearNeuron(context, netuid, uid);
  for (const index of mechanismsOf(context, netuid)) setLastUpdate(context, netuid, index, uid, block);
}

/** What a hotkey has on a subnet goes with it. */
export function leave({ state }: BlockContext, netuid: number, hotkey: AccountId): void {
  state.kill(S.Uids, netuid, hotkey);
  state.kill(S.IsNetworkMember, hotkey, netuid);
  state.kill(S.Axons, netuid, hotkey);
  state.kill(S.NeuronCertificates, netuid, hotkey);
  state.kill(S.Prometheus, netuid, hotkey);
}

function enter({ state, block }: BlockContext, netuid: number, uid: number, hotkey: AccountId): void {
  state.put(S.Keys, netuid, uid, hotkey);
  state.put(S.Uids, netuid, hotkey, uid);
  state.put(S.BlockAtRegistration, netuid, uid, BigInt(block));
  state.put(S.IsNetworkMember, hotkey, netuid, true);
}

/** Nothing of the neuron that was there counts for the next: its row goes, and weights for it become 0. */
function clearNeuron(context: BlockContext, netuid: number, uid: number): void {
  const { state } = context;
  setAt(context, S.Emission, netuid, uid, 0n);
  setAt(context, S.Consensus, netuid, uid, 0);
  setAt(context, S.Dividends, netuid, uid, 0);
  setAt(context, S.StakeWeight, netuid, uid, 0);
  setAt(context, S.ValidatorTrust, netuid, uid, 0);
  setAt(context, S.ValidatorPermit, netuid, uid, false);
  for (const index of mechanismsOf(context, netuid)) {
    setAt(context, S.Incentive, index, uid, 0);
    state.kill(S.Bonds, index, uid);
    state.kill(S.Weights, index, uid);
    for (const { keys, value } of state.entries(S.Weights, index)) {
      if (!value.some(([target, share]) => target === uid && share !== 0)) continue;
      state.put(
        S.Weights,
        ...keys,
        value.map(([target, share]): [number, number] => [target, target === uid ? 0 : share]),
      );
    }
  }
}

/** Sets one element; beyond the end nothing happens, as on chain. */
function setAt<T>({ state }: BlockContext, item: Vector<T>, index: number, uid: number, value: T): void {
  state.mutate(item, [index], (values) => {
    if (uid < values.length) values[uid] = value;
    return values;
  });
}

/** When a neuron last set weights (or committed to some) in a mechanism. */
export function setLastUpdate(
  { state }: BlockContext,
  netuid: number,
  index: number,
  uid: number,
  block: number,
): void {
  const n = state.get(S.SubnetworkN, netuid);
  state.mutate(S.LastUpdate, [index], (blocks) => {
    while (blocks.length < n) blocks.push(0n);
    if (uid < blocks.length) blocks[uid] = BigInt(block);
    return blocks;
  });
}

/** The neuron that would be replaced now, or undefined when none may be. */
export function whoGivesWay(at: At, netuid: number): number | undefined {
  const { state, block } = at;
  const immortal = new Set(ownersOwn(at, netuid));
  const emission = state.get(S.Emission, netuid);
  const immunity = BigInt(state.get(S.ImmunityPeriod, netuid));
  const neurons = hotkeysOf(at, netuid).map((_, uid): Prunable => {
    const registeredAt = state.get(S.BlockAtRegistration, netuid, uid);
    return {
      uid,
      emission: emission[uid] ?? 0n,
      registeredAt: Number(registeredAt),
      immune: BigInt(block) - registeredAt < immunity,
      immortal: immortal.has(uid),
    };
  });
  return neuronToPrune(neurons, state.get(S.MinNonImmuneUids, netuid));
}

/** Uids that the owner keeps for ever: the hotkey that stands for the owner first, then the earliest registered. */
export function ownersOwn(at: At, netuid: number): number[] {
  const { state } = at;
  const limit = state.get(S.ImmuneOwnerUidsLimit, netuid);
  const owned = state
    .get(S.OwnedHotkeys, state.get(S.SubnetOwner, netuid))
    .flatMap((hotkey) => uidOf(at, netuid, hotkey) ?? [])
    .map((uid) => ({ uid, since: state.get(S.BlockAtRegistration, netuid, uid) }))
    .sort((a, b) => Number(a.since - b.since) || a.uid - b.uid)
    .slice(0, limit)
    .map(({ uid }) => uid);
  const own = state.has(S.SubnetOwnerHotkey, netuid)
    ? uidOf(at, netuid, state.get(S.SubnetOwnerHotkey, netuid))
    : undefined;
  return own === undefined || owned.includes(own) ? owned : [own, ...owned].slice(0, limit);
}
