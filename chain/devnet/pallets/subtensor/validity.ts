/**
 * Checks before an extrinsic is taken at all (`SubtensorTransactionExtension`): what fails here costs nothing and is told by a
 * number, not by the name of an error.
 */
import {
  type AccountId,
  DispatchFailure,
  ensure,
  InvalidTransaction,
  type RuntimeCall,
} from "../../declare/index.ts";
import { LastStoredRound } from "../drand/storage.ts";
import { commitHash, type Reveal, revealEpoch } from "./commits.ts";
import { checkTake } from "./delegates.ts";
import { type ErrorName, errors } from "./errors.ts";
import { mayWeigh } from "./inherited-stake.ts";
import { mayRegisterNetwork } from "./rate-limits.ts";
import { type AxonEndpoint, checkAxon, checkPrometheus, type Endpoint } from "./serving.ts";
import { commitRevealOn, mayUpdate } from "./set-weights.ts";
import { S } from "./storage.ts";
import { type At, epochNow, mechanismIndex, uidOf } from "./subnets.ts";

/** `CustomTransactionError`; any other error of the checks is a bad request. */
const CODES: Partial<Record<ErrorName, number>> = {
  AmountTooLow: 1,
  NotEnoughStakeToSetWeights: 1,
  NotEnoughBalanceToStake: 2,
  SubnetNotExists: 3,
  HotKeyAccountNotExists: 4,
  NotEnoughStakeToWithdraw: 5,
  CommittingWeightsTooFast: 6,
  SettingWeightsTooFast: 6,
  NetworkTxRateLimitExceeded: 6,
  InsufficientLiquidity: 7,
  SlippageTooHigh: 8,
  TransferDisallowed: 9,
  HotKeyNotRegisteredInNetwork: 10,
  InvalidIpAddress: 11,
  ServingRateLimitExceeded: 12,
  InvalidPort: 13,
  InvalidRevealRound: 15,
  NoWeightsCommitFound: 16,
  RevealTooEarly: 17,
  InputLengthsUnequal: 18,
  HotKeyNotRegisteredInSubNet: 19,
  NonAssociatedColdKey: 25,
  DelegateTakeTooLow: 26,
  DelegateTakeTooHigh: 27,
};
const BAD_REQUEST = 255;

/** Throws an `InvalidTransaction` with the number of the first check that fails. */
export function checkValidity(at: At, who: AccountId, call: RuntimeCall): void {
  if (call.type !== "SubtensorModule") return;
  const check = CHECKS[call.value.type];
  if (check === undefined) return;
  try {
    check(at, who, call.value.value as never);
  } catch (error) {
    if (!(error instanceof DispatchFailure)) throw error;
    throw new InvalidTransaction({ custom: codeOf(error) });
  }
}

function codeOf({ error }: DispatchFailure): number {
  if (error.type !== "Module" || error.value.index !== errors.index) return BAD_REQUEST;
  const number = Number.parseInt(error.value.error.slice(2, 4), 16);
  const name = (Object.keys(errors.names) as ErrorName[]).find((known) => errors.names[known] === number);
  return (name === undefined ? undefined : CODES[name]) ?? BAD_REQUEST;
}

interface OfSubnet {
  netuid: number;
  mecid?: number;
}
interface Sealed extends OfSubnet {
  reveal_round: bigint;
}
interface Revealed extends OfSubnet {
  uids: number[];
  values: number[];
  salt: number[];
  version_key: bigint;
}
interface BatchRevealed extends OfSubnet {
  uids_list: number[][];
  values_list: number[][];
  salts_list: number[][];
  version_keys: bigint[];
}

const stake = (at: At, who: AccountId, netuid: number): void =>
  ensure(mayWeigh(at, who, netuid), errors, "NotEnoughStakeToSetWeights");

const rate = (at: At, who: AccountId, { netuid, mecid = 0 }: OfSubnet, name: ErrorName): void => {
  const uid = uidOf(at, netuid, who);
  // A stranger passes here and fails in dispatch.
  if (uid !== undefined) ensure(mayUpdate(at, netuid, mechanismIndex(netuid, mecid), uid), errors, name);
};

const round = (at: At, { reveal_round }: Sealed): void =>
  ensure(reveal_round >= at.state.get(LastStoredRound), errors, "InvalidRevealRound");

function reveal(at: At, who: AccountId, netuid: number, mechanism: number, given: Reveal): void {
  const index = mechanismIndex(netuid, mechanism);
  const commits = at.state.get(S.WeightCommits, index, who);
  ensure(commits !== undefined, errors, "NoWeightsCommitFound");
  const hash = commitHash(who, index, given);
  const commit = commits.find(([known]) => known === hash);
  ensure(commit !== undefined, errors, "NoWeightsCommitFound");
  ensure(epochNow(at, netuid) === revealEpoch(at, netuid, commit[1]), errors, "RevealTooEarly");
}

type Check<A> = (at: At, who: AccountId, args: A) => void;

const openly: Check<OfSubnet> = (at, who, args) => {
  stake(at, who, args.netuid);
  if (!commitRevealOn(at, args.netuid)) rate(at, who, args, "SettingWeightsTooFast");
};
const committing: Check<OfSubnet> = (at, who, args) => {
  stake(at, who, args.netuid);
  rate(at, who, args, "CommittingWeightsTooFast");
};
const sealing: Check<Sealed> = (at, who, args) => {
  stake(at, who, args.netuid);
  round(at, args);
};
const revealing: Check<Revealed> = (at, who, { netuid, mecid = 0, version_key, ...given }) => {
  stake(at, who, netuid);
  reveal(at, who, netuid, mecid, { ...given, versionKey: version_key });
};
const taking: Check<{ hotkey: AccountId; take: number }> = (at, who, { hotkey, take }) =>
  checkTake(at, who, hotkey, take);
const axon: Check<AxonEndpoint & OfSubnet> = (at, who, args) => checkAxon(at, who, args.netuid, args);

const CHECKS: Readonly<Record<string, Check<never>>> = {
  set_weights: openly,
  set_mechanism_weights: openly,
  commit_weights: committing,
  commit_mechanism_weights: committing,
  reveal_weights: revealing,
  reveal_mechanism_weights: revealing,
  commit_timelocked_weights: sealing,
  commit_timelocked_mechanism_weights: sealing,
  commit_crv3_mechanism_weights: sealing,
  batch_set_weights: (
    at,
    who,
    { netuids, weights, version_keys }: { netuids: number[]; weights: unknown[]; version_keys: bigint[] },
  ) => {
    const equal = netuids.length === weights.length && netuids.length === version_keys.length;
    ensure(equal, errors, "InputLengthsUnequal");
    for (const netuid of netuids) stake(at, who, netuid);
  },
  batch_commit_weights: (
    at,
    who,
    { netuids, commit_hashes }: { netuids: number[]; commit_hashes: unknown[] },
  ) => {
    ensure(netuids.length === commit_hashes.length, errors, "InputLengthsUnequal");
    for (const netuid of netuids) stake(at, who, netuid);
  },
  batch_reveal_weights: (at, who, args: BatchRevealed) => {
    const { netuid, uids_list, values_list, salts_list, version_keys } = args;
    const equal = [values_list, salts_list, version_keys].every(({ length }) => length === uids_list.length);
    ensure(equal, errors, "InputLengthsUnequal");
    stake(at, who, netuid);
    const commits = at.state.get(S.WeightCommits, mechanismIndex(netuid, 0), who);
    ensure(commits !== undefined, errors, "NoWeightsCommitFound");
    for (const [position, uids] of uids_list.entries()) {
      const given = { uids, values: values_list[position]!, salt: salts_list[position]! };
      reveal(at, who, netuid, 0, { ...given, versionKey: version_keys[position]! });
    }
  },
  register_network: (at) => ensure(mayRegisterNetwork(at), errors, "NetworkTxRateLimitExceeded"),
  increase_take: taking,
  decrease_take: taking,
  serve_axon: axon,
  serve_axon_tls: axon,
  serve_prometheus: (at, who, args: Endpoint & OfSubnet) => checkPrometheus(at, who, args.netuid, args),
};
