/** Hotkeys belong to coldkeys, subnets to owners. */
import {
  type AccountId,
  type BlockContext,
  badOrigin,
  type CallContext,
  ensure,
} from "../../declare/index.ts";
import { isSubnetAccount } from "./accounts.ts";
import { errors } from "./errors.ts";
import { rememberStaking } from "./share-pool.ts";
import { S } from "./storage.ts";
import { type At, blocksUntilEpoch } from "./subnets.ts";

export const hotkeyExists = ({ state }: At, hotkey: AccountId): boolean => state.has(S.Owner, hotkey);

export const owns = ({ state }: At, coldkey: AccountId, hotkey: AccountId): boolean =>
  state.has(S.Owner, hotkey) && state.get(S.Owner, hotkey) === coldkey;

/** A hotkey that nobody has becomes the coldkey's. */
export function claimHotkey(context: BlockContext, coldkey: AccountId, hotkey: AccountId): void {
  ensure(!isSubnetAccount(hotkey), errors, "CannotUseSystemAccount");
  if (hotkeyExists(context, hotkey)) return;
  const { state } = context;
  state.put(S.Owner, hotkey, coldkey);
  const owned = state.get(S.OwnedHotkeys, coldkey);
  if (!owned.includes(hotkey)) state.put(S.OwnedHotkeys, coldkey, [...owned, hotkey]);
  rememberStaking(context, hotkey, coldkey);
}

/** The subnet's owner who signs, undefined for root, or `BadOrigin`. */
export function ownerOrRoot(context: CallContext, netuid: number): AccountId | undefined {
  return context.origin.kind === "root" ? undefined : ownerOnly(context, netuid);
}

export function ownerOnly(context: CallContext, netuid: number): AccountId {
  const who = context.signer();
  if (context.state.get(S.SubnetOwner, netuid) !== who) throw badOrigin();
  return who;
}

/** Hyperparameters do not change in the blocks before an epoch, when weights are set. */
export function ensureAdminWindow(at: At, netuid: number): void {
  ensure(!isFrozen(at, netuid), errors, "AdminActionProhibitedDuringWeightsWindow");
}

function isFrozen(at: At, netuid: number): boolean {
  const left = blocksUntilEpoch(at, netuid);
  if (left === undefined) return false;
  const pending = at.state.get(S.PendingEpochAt, netuid);
  return pending > BigInt(at.block) || left < BigInt(at.state.get(S.AdminFreezeWindow));
}
