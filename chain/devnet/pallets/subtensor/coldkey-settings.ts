/** What a coldkey says of itself and wants done with what its hotkeys earn. */
import { type AccountId, type CallContext, ensure, event } from "../../declare/index.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { owns } from "./ownership.ts";
import { S } from "./storage.ts";
import { ROOT, subnetExists, uidOf } from "./subnets.ts";
import type { ChainIdentity } from "./types.ts";

/** Bytes that each part of an identity may have. */
const MOST: Record<keyof ChainIdentity, number> = {
  name: 256,
  url: 256,
  github_repo: 256,
  image: 1_024,
  discord: 256,
  description: 1_024,
  additional: 1_024,
};
/** Of all parts together, `github_repo` not counted. */
const MOST_TOGETHER = 4_096;

export function setIdentity(context: CallContext, identity: ChainIdentity): void {
  const { state } = context;
  const coldkey = context.signer();
  const isNeuron = state
    .get(S.OwnedHotkeys, coldkey)
    .some((hotkey) => state.entries(S.IsNetworkMember, hotkey).some(({ value }) => value));
  ensure(isNeuron, errors, "HotKeyNotRegisteredInNetwork");
  const parts = Object.entries(identity) as [keyof ChainIdentity, Uint8Array][];
  const counted = parts.reduce((sum, [name, part]) => sum + (name === "github_repo" ? 0 : part.length), 0);
  const fits = counted <= MOST_TOGETHER && parts.every(([name, part]) => part.length <= MOST[name]);
  ensure(fits, errors, "InvalidIdentity");
  state.put(S.IdentitiesV2, coldkey, identity);
  context.emit(event(events, "ChainIdentitySet", coldkey));
}

/** Where what the coldkey's miners earn on a subnet is staked. */
export function setAutoStake(context: CallContext, netuid: number, hotkey: AccountId): void {
  const { state } = context;
  const coldkey = context.signer();
  ensure(subnetExists(context, netuid), errors, "SubnetNotExists");
  ensure(uidOf(context, netuid, hotkey) !== undefined, errors, "HotKeyNotRegisteredInSubNet");
  const before = state.get(S.AutoStakeDestination, coldkey, netuid);
  ensure(before !== hotkey, errors, "SameAutoStakeHotkeyAlreadySet");
  if (before !== undefined) {
    const others = state.get(S.AutoStakeDestinationColdkeys, before, netuid).filter((key) => key !== coldkey);
    state.put(S.AutoStakeDestinationColdkeys, before, netuid, others);
  }
  state.put(S.AutoStakeDestination, coldkey, netuid, hotkey);
  const there = state.get(S.AutoStakeDestinationColdkeys, hotkey, netuid);
  if (!there.includes(coldkey))
    state.put(S.AutoStakeDestinationColdkeys, hotkey, netuid, [...there, coldkey]);
  context.emit(event(events, "AutoStakeDestinationSet", { coldkey, netuid, hotkey }));
}

export function setAutoParent(context: CallContext, hotkey: AccountId, enabled: boolean): void {
  const coldkey = context.signer();
  ensure(owns(context, coldkey, hotkey), errors, "NonAssociatedColdKey");
  ensure(uidOf(context, ROOT, hotkey) !== undefined, errors, "HotKeyNotRegisteredInSubNet");
  context.state.put(S.AutoParentDelegationEnabled, hotkey, enabled);
  context.emit(event(events, "AutoParentDelegationEnabledSet", { hotkey, enabled }));
}
