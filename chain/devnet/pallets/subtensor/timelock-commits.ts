/** Weights sealed to a round of the beacon: the chain opens them itself at the beginning of the epoch in which they count. */

import { Failure } from "../../../../protocol/failure.ts";
import { decodeFront } from "../../../scale/decode.ts";
import { blake2b256 } from "../../../scale/hash.ts";
import { toHex } from "../../../scale/hex.ts";
import { openWithSignature } from "../../../timelock/timelock.ts";
import {
  type AccountId,
  accountId,
  type BlockContext,
  bytes,
  DispatchFailure,
  decode,
  ensure,
  event,
  struct,
  type TypeOf,
  u16,
  u64,
  vec,
} from "../../declare/index.ts";
import { Pulses } from "../drand/storage.ts";
import { checkCommit, MAX_COMMITS } from "./commits.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { setLastUpdate } from "./neurons.ts";
import { commitRevealOn, setWeights } from "./set-weights.ts";
import { S } from "./storage.ts";
import { ensureMechanism, epochNow, mechanismIndex } from "./subnets.ts";

export interface TimelockCommit {
  netuid: number;
  mechanism: number;
  commit: Uint8Array;
  round: bigint;
}

/** `version` must be the chain's. */
export function commitTimelocked(
  context: BlockContext,
  hotkey: AccountId,
  { netuid, mechanism, commit, round }: TimelockCommit,
  version: number,
): void {
  const { state, block } = context;
  ensureMechanism(context, netuid, mechanism);
  const index = mechanismIndex(netuid, mechanism);
  ensure(commitRevealOn(context, netuid), errors, "CommitRevealDisabled");
  const known = state.get(S.CommitRevealWeightsVersion);
  ensure(version === known, errors, "IncorrectCommitRevealVersion");
  const uid = checkCommit(context, hotkey, netuid, index);
  const epoch = epochNow(context, netuid);
  const commits = state.get(S.TimelockedWeightCommits, index, epoch);
  const own = commits.filter(([who]) => who === hotkey).length;
  ensure(own < MAX_COMMITS, errors, "TooManyUnrevealedCommits");
  state.put(S.TimelockedWeightCommits, index, epoch, [...commits, [hotkey, BigInt(block), commit, round]]);
  const hash = toHex(blake2b256(commit));
  context.emit(event(events, "TimelockedWeightsCommitted", [hotkey, index, hash, round]));
  setLastUpdate(context, netuid, index, uid, block);
}

/**
 * Opens what is due on a subnet, before the block's emission: commits whose pulse is missing wait, those that do not open or do
 * not pass the checks are dropped without a word, as on chain.
 */
export function revealDueCommits(context: BlockContext, netuid: number): void {
  const { state } = context;
  const period = state.get(S.RevealPeriodEpochs, netuid);
  const epoch = epochNow(context, netuid);
  const due = epoch > period ? epoch - period : 0n;
  for (let mechanism = 0; mechanism < state.get(S.MechanismCountCurrent, netuid); mechanism++) {
    const index = mechanismIndex(netuid, mechanism);
    for (const { keys } of state.entries(S.TimelockedWeightCommits, index)) {
      if (keys[1] < due) state.kill(S.TimelockedWeightCommits, ...keys);
    }
    if (epoch < period) return;
    const commits = state.get(S.TimelockedWeightCommits, index, due);
    if (commits.length === 0) continue;
    const waiting = commits.filter(([hotkey, , commit, round]) => {
      const pulse = state.get(Pulses, round);
      if (pulse === undefined) return true;
      reveal(context, { netuid, mechanism, hotkey, commit, signature: pulse.signature });
      return false;
    });
    if (waiting.length === commits.length) continue;
    if (waiting.length === 0) state.kill(S.TimelockedWeightCommits, index, due);
    else state.put(S.TimelockedWeightCommits, index, due, waiting);
  }
}

interface Opening {
  netuid: number;
  mechanism: number;
  hotkey: AccountId;
  commit: Uint8Array;
  signature: Uint8Array;
}

function reveal(context: BlockContext, { netuid, mechanism, hotkey, commit, signature }: Opening): void {
  const payload = opened(hotkey, commit, signature);
  if (payload === undefined) return;
  const { uids, values, version_key: versionKey } = payload;
  try {
    context.state.layer(() => setWeights(context, hotkey, { netuid, mechanism, uids, values, versionKey }));
  } catch (error) {
    if (error instanceof DispatchFailure) return;
    throw error;
  }
  const index = mechanismIndex(netuid, mechanism);
  context.emit(event(events, "TimelockedWeightsRevealed", [index, hotkey]));
}

const legacy = { uids: vec(u16), values: vec(u16), version_key: u64 };
const legacyPayload = struct("", legacy);
const payload = struct("", { hotkey: bytes, ...legacy });

/** The weights inside, if the signature opens them and they name the hotkey that committed (older clients name none). */
function opened(
  hotkey: AccountId,
  commit: Uint8Array,
  signature: Uint8Array,
): TypeOf<typeof legacyPayload> | undefined {
  const plain = attempted(() => openWithSignature(commit, signature));
  if (plain === undefined) return undefined;
  const named = attempted(() => decodeFront(payload.codec, plain).value);
  const older = () => attempted(() => decodeFront(legacyPayload.codec, plain).value);
  if (named === undefined) return older();
  const committer = attempted(() => decode(accountId, named.hotkey.subarray(0, 32)));
  if (committer === undefined) return older();
  return committer === hotkey ? named : undefined;
}

function attempted<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Failure && error.code !== "defect") return undefined;
    throw error;
  }
}
