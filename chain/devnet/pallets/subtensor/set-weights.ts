/** Weights are set, after every check of the chain in its order (`internal_set_weights`). */
import {
  type AccountId,
  type BlockContext,
  type CallContext,
  ensure,
  event,
  moduleError,
} from "../../declare/index.ts";
import { attempt, type Item, reportBatch } from "./batches.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { mayWeigh } from "./inherited-stake.ts";
import { setLastUpdate } from "./neurons.ts";
import { S } from "./storage.ts";
import { type At, ensureMechanism, mechanismIndex, ownerUid, ROOT, uidOf } from "./subnets.ts";
import { isSelfWeight, maxUpscale, withinLimit } from "./weight-vector.ts";

export interface WeightsArgs {
  netuid: number;
  mechanism: number;
  uids: readonly number[];
  values: readonly number[];
  versionKey: bigint;
}

export const commitRevealOn = ({ state }: At, netuid: number): boolean =>
  state.get(S.CommitRevealWeightsEnabled, netuid);

/** `set_weights` and `set_mechanism_weights`: only where weights are not to be committed first. */
export function setWeightsOpenly(context: CallContext, args: WeightsArgs): void {
  ensure(!commitRevealOn(context, args.netuid), errors, "CommitRevealEnabled");
  setWeights(context, context.signer(), args);
}

export function setWeights(context: BlockContext, hotkey: AccountId, args: WeightsArgs): void {
  const { state, block } = context;
  const { netuid, mechanism, uids, values, versionKey } = args;
  const index = mechanismIndex(netuid, mechanism);
  ensure(netuid !== ROOT, errors, "CanNotSetRootNetworkWeights");
  ensure(uids.length === values.length, errors, "WeightVecNotEqualSize");
  ensureMechanism(context, netuid, mechanism);
  const n = state.get(S.SubnetworkN, netuid);
  ensure(uids.length <= n, errors, "UidsLengthExceedUidsInSubNet");
  const uid = uidOf(context, netuid, hotkey);
  ensure(uid !== undefined, errors, "HotKeyNotRegisteredInSubNet");
  ensure(mayWeigh(context, hotkey, netuid), errors, "NotEnoughStakeToSetWeights");
  const needed = state.get(S.WeightsVersionKey, netuid);
  ensure(needed === 0n || versionKey >= needed, errors, "IncorrectWeightVersionKey");
  const openly = !commitRevealOn(context, netuid);
  if (openly) ensure(mayUpdate(context, netuid, index, uid), errors, "SettingWeightsTooFast");
  const ofItself = isSelfWeight(uid, uids, values);
  const permitted =
    ofItself || ownerUid(context, netuid) === uid || state.get(S.ValidatorPermit, netuid)[uid] === true;
  ensure(permitted, errors, "NeuronNoValidatorPermit");
  ensure(new Set(uids).size === uids.length, errors, "DuplicateUids");
  ensure(
    uids.every((target) => state.has(S.Keys, netuid, target)),
    errors,
    "UidVecContainInvalidOne",
  );
  const least = Math.min(n, state.get(S.MinAllowedWeights, netuid));
  ensure(ofItself || uids.length >= least, errors, "WeightVecLengthIsLow");
  const scaled = maxUpscale(values);
  const limit = state.get(S.MaxWeightsLimit, netuid);
  ensure(ofItself || limit === 65_535 || withinLimit(scaled, limit), errors, "MaxWeightExceeded");

  state.put(
    S.Weights,
    index,
    uid,
    uids.map((target, at): [number, number] => [target, scaled[at]!]),
  );
  if (openly) setLastUpdate(context, netuid, index, uid, block);
  context.emit(event(events, "WeightsSet", [index, uid]));
}

/** Whether the rate limit lets this uid set weights, or commit to some, again (`check_rate_limit`). */
export function mayUpdate({ state, block }: At, netuid: number, index: number, uid: number): boolean {
  const last = state.get(S.LastUpdate, index)[uid] ?? 0n;
  return last === 0n || BigInt(block) - last >= state.get(S.WeightsSetRateLimit, netuid);
}

export interface BatchItem {
  netuid: number;
  weights: readonly (readonly [uid: number, value: number])[];
  versionKey: bigint;
}

/** Each by itself: what fails is told by events, and the rest is set. */
export function batchSetWeights(context: CallContext, items: readonly BatchItem[]): void {
  const hotkey = context.signer();
  const done = items.map(
    ({ netuid, weights, versionKey }): Item => ({
      netuid,
      failure: commitRevealOn(context, netuid)
        ? moduleError(errors, "CommitRevealEnabled")
        : attempt(context, () =>
            setWeights(context, hotkey, {
              netuid,
              mechanism: 0,
              uids: weights.map(([uid]) => uid),
              values: weights.map(([, value]) => value),
              versionKey,
            }),
          ),
    }),
  );
  reportBatch(context, hotkey, done);
}
