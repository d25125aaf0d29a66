/** A hotkey lends parts of its stake to others, its children: asked for now, done at an epoch after a cooldown. */
import { type AccountId, type BlockContext, type CallContext, ensure, event } from "../../declare/index.ts";
import { U64_MAX, u64f64 } from "../fixed-point.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { owns } from "./ownership.ts";
import { mayAgain, remember } from "./rate-limits.ts";
import { hotkeyStake } from "./share-pool.ts";
import { S } from "./storage.ts";
import { type At, netuidsOf, ROOT, subnetExists } from "./subnets.ts";
import { alphaPrice } from "./swaps.ts";

type Child = readonly [share: bigint, hotkey: AccountId];

const MAX_CHILDREN = 5;

export function setChildren(
  context: CallContext,
  hotkey: AccountId,
  netuid: number,
  children: readonly Child[],
): void {
  const { state, block } = context;
  const coldkey = context.signer();
  ensure(mayAgain(context, "SetChildren", hotkey, netuid), errors, "TxRateLimitExceeded");
  ensure(netuid !== ROOT, errors, "RegistrationNotPermittedOnRootSubnet");
  ensure(subnetExists(context, netuid), errors, "SubnetNotExists");
  ensure(owns(context, coldkey, hotkey), errors, "NonAssociatedColdKey");
  ensure(new Set(children.map(([, child]) => child)).size === children.length, errors, "DuplicateChild");
  checkRelations(context, hotkey, netuid, children);
  const enough =
    children.length === 0 ||
    totalStake(context, hotkey) >= state.get(S.StakeThreshold) ||
    (state.has(S.SubnetOwnerHotkey, netuid) && state.get(S.SubnetOwnerHotkey, netuid) === hotkey);
  ensure(enough, errors, "NotEnoughStakeToSetChildkeys");
  remember(context, "SetChildren", hotkey, netuid);
  if (!state.get(S.SubtokenEnabled, netuid)) {
    applyChildren(context, hotkey, netuid, children);
    return;
  }
  const due = BigInt(block) + state.get(S.PendingChildKeyCooldown);
  state.put(S.PendingChildKeys, netuid, hotkey, [children, due]);
  context.emit(event(events, "SetChildrenScheduled", [hotkey, netuid, due, [...children].map(copy)]));
}

const copy = ([share, hotkey]: Child): [bigint, AccountId] => [share, hotkey];

function checkRelations({ state }: At, hotkey: AccountId, netuid: number, children: readonly Child[]): void {
  ensure(
    children.every(([, child]) => child !== hotkey),
    errors,
    "InvalidChild",
  );
  ensure(children.length <= MAX_CHILDREN, errors, "TooManyChildren");
  ensure(children.reduce((sum, [share]) => sum + share, 0n) <= U64_MAX, errors, "ProportionOverflow");
  const parents = new Set(state.get(S.ParentKeys, hotkey, netuid).map(([, parent]) => parent));
  ensure(!children.some(([, child]) => parents.has(child)), errors, "ChildParentInconsistency");
}

/** Worth of all of a hotkey's stake in TAO, at the prices of the moment. */
const totalStake = (at: At, hotkey: AccountId): bigint =>
  u64f64.floor(
    netuidsOf(at).reduce(
      (sum, netuid) =>
        sum + u64f64.multiply(u64f64.from(hotkeyStake(at, hotkey, netuid)), alphaPrice(at, netuid)),
      0n,
    ),
  );

/** What was asked for and has waited long enough is done, after the subnet's epoch. */
export function applyPendingChildren(context: BlockContext, netuid: number): void {
  const { state, block } = context;
  const started = state.get(S.SubtokenEnabled, netuid);
  for (const { keys, value } of state.entries(S.PendingChildKeys, netuid)) {
    const [children, due] = value;
    if (started && due >= BigInt(block)) continue;
    applyChildren(context, keys[1], netuid, children);
    state.kill(S.PendingChildKeys, ...keys);
  }
}

/** Writes both ends of each relation. One that became impossible since is passed over, as on chain. */
function applyChildren(
  context: BlockContext,
  hotkey: AccountId,
  netuid: number,
  children: readonly Child[],
): void {
  const { state } = context;
  const parents = new Set(state.get(S.ParentKeys, hotkey, netuid).map(([, parent]) => parent));
  const wanted = children.filter(([, child]) => child !== hotkey);
  const total = wanted.reduce((sum, [share]) => sum + share, 0n);
  if (total > U64_MAX || wanted.some(([, child]) => parents.has(child))) return;
  const before = state.get(S.ChildKeys, hotkey, netuid);
  // The chain keeps them by account.
  const after = [...wanted].sort(([, a], [, b]) => (a < b ? -1 : 1)).map(copy);
  putOrKill(context, S.ChildKeys, hotkey, netuid, after);
  for (const [share, child] of after) {
    const links = state.get(S.ParentKeys, child, netuid).map(copy);
    const known = links.find(([, parent]) => parent === hotkey);
    if (known === undefined) links.push([share, hotkey]);
    else known[0] = share;
    putOrKill(context, S.ParentKeys, child, netuid, links);
  }
  const kept = new Set(after.map(([, child]) => child));
  for (const [, child] of before) {
    if (kept.has(child)) continue;
    const links = state.get(S.ParentKeys, child, netuid).filter(([, parent]) => parent !== hotkey);
    putOrKill(context, S.ParentKeys, child, netuid, links.map(copy));
  }
  context.emit(event(events, "SetChildren", [hotkey, netuid, [...children].map(copy)]));
}

function putOrKill(
  { state }: BlockContext,
  item: typeof S.ChildKeys,
  hotkey: AccountId,
  netuid: number,
  links: [bigint, AccountId][],
): void {
  if (links.length === 0) state.kill(item, hotkey, netuid);
  else state.put(item, hotkey, netuid, links);
}

/** The least that a child takes of what it earns for its parents. */
export const leastChildTake = ({ state }: At, netuid: number): number =>
  Math.max(state.get(S.MinChildkeyTake), state.get(S.MinChildkeyTakePerSubnet, netuid));

export const childTake = (at: At, hotkey: AccountId, netuid: number): number =>
  Math.max(at.state.get(S.ChildkeyTake, hotkey, netuid), leastChildTake(at, netuid));

export function setChildTake(context: CallContext, hotkey: AccountId, netuid: number, take: number): void {
  const { state } = context;
  const coldkey = context.signer();
  ensure(owns(context, coldkey, hotkey), errors, "NonAssociatedColdKey");
  const within = take >= leastChildTake(context, netuid) && take <= state.get(S.MaxChildkeyTake);
  ensure(within, errors, "InvalidChildkeyTake");
  if (take > childTake(context, hotkey, netuid))
    ensure(mayAgain(context, "SetChildkeyTake", hotkey, netuid), errors, "TxChildkeyTakeRateLimitExceeded");
  remember(context, "SetChildkeyTake", hotkey, netuid);
  state.put(S.ChildkeyTake, hotkey, netuid, take);
  context.emit(event(events, "ChildKeyTakeSet", [hotkey, take]));
}

/** What a take of a child may be on the whole chain. */
export const childTakeBounds = ({ state }: At): { least: number; most: number } => ({
  least: state.get(S.MinChildkeyTake),
  most: state.get(S.MaxChildkeyTake),
});
