/** Weights that are committed to by their hash and revealed in a later epoch. */

import { blake2b256 } from "../../../scale/hash.ts";
import { type Hex, toHex } from "../../../scale/hex.ts";
import {
  type AccountId,
  accountId,
  type BlockContext,
  type CallContext,
  encode,
  ensure,
  event,
  type Immutable,
  moduleError,
  type TypeOf,
  tuple,
  u16,
  u64,
  vec,
} from "../../declare/index.ts";
import { attempt, type Item, reportBatch } from "./batches.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { setLastUpdate } from "./neurons.ts";
import { commitRevealOn, mayUpdate, setWeights } from "./set-weights.ts";
import { S } from "./storage.ts";
import { type At, ensureMechanism, epochNow, mechanismIndex, uidOf } from "./subnets.ts";

type Commit = Immutable<TypeOf<(typeof S.WeightCommits)["value"]>>[number];

/** Live commits that one hotkey may have. */
export const MAX_COMMITS = 10;

/** Last epoch in which a commit of that epoch can be revealed, and the only one. */
export const revealEpoch = ({ state }: At, netuid: number, epoch: bigint): bigint =>
  epoch + state.get(S.RevealPeriodEpochs, netuid);

export const isExpired = (at: At, netuid: number, epoch: bigint): boolean =>
  epochNow(at, netuid) > revealEpoch(at, netuid, epoch);

/** What both kinds of commits are checked for. Returns the uid. */
export function checkCommit(at: At, hotkey: AccountId, netuid: number, index: number): number {
  const uid = uidOf(at, netuid, hotkey);
  ensure(uid !== undefined, errors, "HotKeyNotRegisteredInSubNet");
  ensure(mayUpdate(at, netuid, index, uid), errors, "CommittingWeightsTooFast");
  return uid;
}

export function commitWeights(
  context: BlockContext,
  hotkey: AccountId,
  { netuid, mechanism, hash }: { netuid: number; mechanism: number; hash: Hex },
): void {
  const { state, block } = context;
  ensureMechanism(context, netuid, mechanism);
  const index = mechanismIndex(netuid, mechanism);
  ensure(commitRevealOn(context, netuid), errors, "CommitRevealDisabled");
  const uid = checkCommit(context, hotkey, netuid, index);
  const live = withoutExpired(context, netuid, state.get(S.WeightCommits, index, hotkey) ?? []).live;
  ensure(live.length < MAX_COMMITS, errors, "TooManyUnrevealedCommits");
  const commit: Commit = [hash, epochNow(context, netuid), BigInt(block), 0n];
  state.put(S.WeightCommits, index, hotkey, [...live, commit]);
  context.emit(event(events, "WeightsCommitted", [hotkey, index, hash]));
  setLastUpdate(context, netuid, index, uid, block);
}

export function batchCommitWeights(
  context: CallContext,
  netuids: readonly number[],
  hashes: readonly Hex[],
): void {
  const hotkey = context.signer();
  ensure(netuids.length === hashes.length, errors, "InputLengthsUnequal");
  const done = netuids.map(
    (netuid, at): Item => ({
      netuid,
      failure: attempt(context, () =>
        commitWeights(context, hotkey, { netuid, mechanism: 0, hash: hashes[at]! }),
      ),
    }),
  );
  reportBatch(context, hotkey, done);
}

/** Commits expire from the front, the oldest first. */
function withoutExpired(at: At, netuid: number, commits: readonly Commit[]) {
  const first = commits.findIndex(([, epoch]) => !isExpired(at, netuid, epoch));
  const expired = first < 0 ? commits.length : first;
  return { expired: commits.slice(0, expired).map(([hash]) => hash), live: commits.slice(expired) };
}

export interface Reveal {
  uids: readonly number[];
  values: readonly number[];
  salt: readonly number[];
  versionKey: bigint;
}

const committed = tuple(accountId, u16, vec(u16), vec(u16), vec(u16), u64);

/** The hash that commits to weights, as the clients make it. */
export const commitHash = (
  hotkey: AccountId,
  index: number,
  { uids, values, salt, versionKey }: Reveal,
): Hex => toHex(blake2b256(encode(committed, [hotkey, index, uids, values, salt, versionKey])));

export function revealWeights(context: CallContext, netuid: number, mechanism: number, reveal: Reveal): void {
  const hotkey = context.signer();
  const index = mechanismIndex(netuid, mechanism);
  ensure(commitRevealOn(context, netuid), errors, "CommitRevealDisabled");
  const { expired, live } = liveCommits(context, netuid, index, hotkey);
  const hash = commitHash(hotkey, index, reveal);
  if (live.length === 0) throw expired.includes(hash) ? refusal("Expired") : refusal("None");
  const position = positionOf(context, netuid, hash, live, expired);
  // Revealing one drops those committed before it.
  keep(context, index, hotkey, live.slice(position + 1));
  setWeights(context, hotkey, { netuid, mechanism, ...reveal });
  context.emit(event(events, "WeightsRevealed", [hotkey, index, hash]));
}

export function batchRevealWeights(context: CallContext, netuid: number, reveals: readonly Reveal[]): void {
  const hotkey = context.signer();
  const index = mechanismIndex(netuid, 0);
  ensure(commitRevealOn(context, netuid), errors, "CommitRevealDisabled");
  const { expired, live } = liveCommits(context, netuid, index, hotkey);
  const hashes = reveals.map((reveal) => commitHash(hotkey, index, reveal));
  for (const hash of hashes) positionOf(context, netuid, hash, live, expired);
  let left = live;
  for (const [at, reveal] of reveals.entries()) {
    const position = left.findIndex(([hash]) => hash === hashes[at]);
    // The same reveal twice: its commit is used up.
    if (position < 0) throw refusal(expired.includes(hashes[at]!) ? "Expired" : "Mismatch");
    left = left.filter((_, other) => other !== position);
    setWeights(context, hotkey, { netuid, mechanism: 0, ...reveal });
  }
  keep(context, index, hotkey, left);
  context.emit(event(events, "WeightsBatchRevealed", [hotkey, netuid, hashes]));
}

function liveCommits(at: At, netuid: number, index: number, hotkey: AccountId) {
  const commits = at.state.get(S.WeightCommits, index, hotkey);
  ensure(commits !== undefined, errors, "NoWeightsCommitFound");
  return withoutExpired(at, netuid, commits);
}

function positionOf(
  at: At,
  netuid: number,
  hash: Hex,
  live: readonly Commit[],
  expired: readonly Hex[],
): number {
  const position = live.findIndex(([known]) => known === hash);
  if (position < 0) throw expired.includes(hash) ? refusal("Expired") : refusal("Mismatch");
  const epoch = live[position]![1];
  ensure(epochNow(at, netuid) === revealEpoch(at, netuid, epoch), errors, "RevealTooEarly");
  return position;
}

function keep({ state }: BlockContext, index: number, hotkey: AccountId, commits: readonly Commit[]): void {
  if (commits.length === 0) state.kill(S.WeightCommits, index, hotkey);
  else state.put(S.WeightCommits, index, hotkey, commits);
}

const REFUSALS = {
  None: "NoWeightsCommitFound",
  Expired: "ExpiredWeightCommit",
  Mismatch: "InvalidRevealCommitHashNotMatch",
} as const;
const refusal = (kind: keyof typeof REFUSALS) => moduleError(errors, REFUSALS[kind]);
