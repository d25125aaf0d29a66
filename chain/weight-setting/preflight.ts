/**
 * Every check that a chain makes of weights, made here first and in the chain's order (`do_set_weights` at spec 424), so that
 * a refusal is known with its remedy before anything is signed.
 */
import type { Failure } from "../../protocol/failure.ts";
import type { WeightRow, WeightRules } from "../../protocol/weight-setting.ts";
import { dispatchFailure } from "../client/errors/dispatch-failure.ts";
import { isSelfWeight, maxUpscale, withinLimit } from "../devnet/pallets/subtensor/weight-vector.ts";

export interface PreflightInput {
  rules: WeightRules;
  row: WeightRow;
  versionKey: bigint;
  netuid: number;
}

/** Hash commits that may be open at once. */
const MAX_OPEN_COMMITS = 10;
const NO_LIMIT = 65_535;

/** What the chain would refuse, by its own names; the rate limit is no problem but a matter of time, and not among them. */
export function preflight({ rules, row, versionKey, netuid }: PreflightInput): Failure[] {
  const found: Failure[] = [];
  const problem = (name: string, meta: Record<string, number | string>) =>
    void found.push(dispatchFailure({ pallet: "SubtensorModule", name }, meta));
  const { uids, values } = row;
  if (netuid === 0) problem("CanNotSetRootNetworkWeights", { netuid });
  if (!rules.exists) {
    problem("SubnetNotExists", { netuid });
    return found;
  }
  if (uids.length !== values.length) {
    problem("WeightVecNotEqualSize", { uids: uids.length, values: values.length });
  }
  if (uids.length > rules.neurons) {
    problem("UidsLengthExceedUidsInSubNet", { uids: uids.length, neurons: rules.neurons });
  }
  if (rules.uid === null) {
    problem("HotKeyNotRegisteredInSubNet", { netuid });
    return found;
  }
  if (!rules.owner && BigInt(rules.stakeRao) < BigInt(rules.stakeThresholdRao)) {
    problem("NotEnoughStakeToSetWeights", { stakeRao: rules.stakeRao, needed: rules.stakeThresholdRao });
  }
  const wanted = BigInt(rules.versionKey);
  if (wanted !== 0n && versionKey < wanted) {
    problem("IncorrectWeightVersionKey", { given: `${versionKey}`, needed: rules.versionKey });
  }
  const self = isSelfWeight(rules.uid, uids, values);
  if (!self && !rules.owner && !rules.permit) {
    problem("NeuronNoValidatorPermit", { uid: rules.uid, stakeRao: rules.stakeRao });
  }
  const twice = uids.find((uid, at) => uids.indexOf(uid) !== at);
  if (twice !== undefined) problem("DuplicateUids", { uid: twice });
  const stranger = uids.find((uid) => uid >= rules.neurons);
  if (stranger !== undefined) {
    problem("UidVecContainInvalidOne", { uid: stranger, neurons: rules.neurons });
  }
  const least = Math.min(rules.neurons, rules.minWeights);
  if (!self && uids.length < least) problem("WeightVecLengthIsLow", { uids: uids.length, needed: least });
  if (!self && rules.maxWeight !== NO_LIMIT && !withinLimit(maxUpscale(values), rules.maxWeight)) {
    problem("MaxWeightExceeded", { largest: Math.max(...values), maxWeight: rules.maxWeight });
  }
  if (rules.commitReveal !== null && rules.commitReveal.open >= MAX_OPEN_COMMITS) {
    problem("TooManyUnrevealedCommits", { open: rules.commitReveal.open });
  }
  return found;
}

/** The first block whose extrinsics may set or commit: exact, and at least the next. */
export function nextAllowedBlock({ block, lastUpdate, rateLimit }: WeightRules): number {
  return lastUpdate === 0 ? block + 1 : Math.max(block + 1, lastUpdate + rateLimit);
}
