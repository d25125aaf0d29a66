/** What is asked of subnets and neurons everywhere. Reads need a state and the block they are made in. */

import type { AccountId } from "../../declare/index.ts";
import { ensure } from "../../declare/index.ts";
import type { ReadState } from "../../state/read-state.ts";
import { errors } from "./errors.ts";
import { S } from "./storage.ts";

/** A state and the number of the block in which it is read. */
export interface At {
  readonly state: ReadState;
  readonly block: number;
}

export const ROOT = 0;
/** The mechanism index is `mechanism × 4096 + netuid`; that of mechanism 0 is the netuid. */
const MAX_SUBNETS = 4_096;

export const subnetExists = ({ state }: At, netuid: number): boolean => state.get(S.NetworksAdded, netuid);

/** All netuids in storage order, root first. */
export const netuidsOf = ({ state }: At): number[] =>
  state.entries(S.NetworksAdded).flatMap(({ keys: [netuid], value }) => (value ? [netuid] : []));

export const mechanismIndex = (netuid: number, mechanism: number): number =>
  Math.min(65_535, mechanism * MAX_SUBNETS + netuid);

export const mechanismsOf = ({ state }: At, netuid: number): number[] =>
  Array.from({ length: state.get(S.MechanismCountCurrent, netuid) }, (_, mechanism) =>
    mechanismIndex(netuid, mechanism),
  );

export const ensureMechanism = (at: At, netuid: number, mechanism: number): void => {
  ensure(subnetExists(at, netuid), errors, "MechanismDoesNotExist");
  ensure(at.state.get(S.MechanismCountCurrent, netuid) > mechanism, errors, "MechanismDoesNotExist");
};

export const uidOf = ({ state }: At, netuid: number, hotkey: AccountId): number | undefined =>
  state.get(S.Uids, netuid, hotkey);

/** The owner's own neuron, when it has one. */
export function ownerUid(at: At, netuid: number): number | undefined {
  if (!at.state.has(S.SubnetOwnerHotkey, netuid)) return undefined;
  return uidOf(at, netuid, at.state.get(S.SubnetOwnerHotkey, netuid));
}

/** Hotkeys by uid. */
export const hotkeysOf = ({ state }: At, netuid: number): AccountId[] =>
  Array.from({ length: state.get(S.SubnetworkN, netuid) }, (_, uid) => state.get(S.Keys, netuid, uid));

/** Whether the subnet's epoch is due in this block (`should_run_epoch`). */
export function isEpochDue({ state, block }: At, netuid: number): boolean {
  const tempo = state.get(S.Tempo, netuid);
  if (tempo === 0) return false;
  const pending = state.get(S.PendingEpochAt, netuid);
  if (pending > 0n && BigInt(block) >= pending) return true;
  if (state.get(S.BlocksSinceLastStep, netuid) > MAX_TEMPO) return true;
  return BigInt(block) - state.get(S.LastEpochBlock, netuid) >= BigInt(tempo);
}

export const MAX_TEMPO = 50_400n;

/** The epoch's number, counting one that is due in this very block (`current_epoch_with_lookahead`). */
export const epochNow = (at: At, netuid: number): bigint =>
  at.state.get(S.SubnetEpochIndex, netuid) + (isEpochDue(at, netuid) ? 1n : 0n);

/** Blocks until the tempo itself brings the next epoch; 0 when it is due. */
export function blocksUntilEpoch({ state, block }: At, netuid: number): bigint | undefined {
  const tempo = state.get(S.Tempo, netuid);
  if (tempo === 0) return undefined;
  const next = state.get(S.LastEpochBlock, netuid) + BigInt(tempo);
  return next > BigInt(block) ? next - BigInt(block) : 0n;
}

/** When the next epoch will be, by tempo or because its owner asked for one. */
export function nextEpochBlock({ state }: At, netuid: number): bigint | undefined {
  const tempo = state.get(S.Tempo, netuid);
  if (tempo === 0) return undefined;
  const auto = state.get(S.LastEpochBlock, netuid) + BigInt(tempo);
  const pending = state.get(S.PendingEpochAt, netuid);
  return pending > 0n && pending < auto ? pending : auto;
}
