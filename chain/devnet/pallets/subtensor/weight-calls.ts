/** Calls of validators: weights set openly, or committed to and revealed. None of them costs a fee. */
import {
  type AnyCall,
  boundedBytes,
  type CallContext,
  call,
  compact,
  DispatchFailure,
  ensure,
  h256,
  tuple,
  u8,
  u16,
  u64,
  vec,
} from "../../declare/index.ts";
import { batchCommitWeights, batchRevealWeights, commitWeights, revealWeights } from "./commits.ts";
import { errors } from "./errors.ts";
import { batchSetWeights, setWeightsOpenly } from "./set-weights.ts";
import { commitTimelocked, type TimelockCommit } from "./timelock-commits.ts";

const weights = { dests: vec(u16), weights: vec(u16), version_key: u64 };
const revealed = { uids: vec(u16), values: vec(u16), salt: vec(u16), version_key: u64 };
const sealed = { commit: boundedBytes, reveal_round: u64 };

/** The older form of the call does not tell its version: it was the fourth when the form was left. */
const OLD_FORM_VERSION = 4;

/** Bytes of a sealed commit; the chain cannot decode more. */
export const MAX_COMMIT = 5_000;

function seal(context: CallContext, commit: TimelockCommit, version: number): void {
  if (commit.commit.length > MAX_COMMIT)
    throw new DispatchFailure({ type: "Other", value: undefined }, "a commit has at most 5000 bytes");
  commitTimelocked(context, context.signer(), commit, version);
}

export const weightCalls: readonly AnyCall[] = [
  call({
    name: "set_weights",
    index: 0,
    args: { netuid: u16, ...weights },
    pays: false,
    run: (context, { netuid, dests, weights: values, version_key }) =>
      setWeightsOpenly(context, { netuid, mechanism: 0, uids: dests, values, versionKey: version_key }),
  }),
  call({
    name: "set_mechanism_weights",
    index: 119,
    args: { netuid: u16, mecid: u8, ...weights },
    pays: false,
    run: (context, { netuid, mecid, dests, weights: values, version_key }) =>
      setWeightsOpenly(context, { netuid, mechanism: mecid, uids: dests, values, versionKey: version_key }),
  }),
  call({
    name: "batch_set_weights",
    index: 80,
    args: {
      netuids: vec(compact(u16)),
      weights: vec(vec(tuple(compact(u16), compact(u16)))),
      version_keys: vec(compact(u64)),
    },
    pays: false,
    run(context, { netuids, weights: rows, version_keys }) {
      const equal = netuids.length === rows.length && netuids.length === version_keys.length;
      ensure(equal, errors, "InputLengthsUnequal");
      batchSetWeights(
        context,
        netuids.map((netuid, at) => ({ netuid, weights: rows[at]!, versionKey: version_keys[at]! })),
      );
    },
  }),
  call({
    name: "commit_weights",
    index: 96,
    args: { netuid: u16, commit_hash: h256 },
    pays: false,
    run: (context, { netuid, commit_hash }) =>
      commitWeights(context, context.signer(), { netuid, mechanism: 0, hash: commit_hash }),
  }),
  call({
    name: "commit_mechanism_weights",
    index: 115,
    args: { netuid: u16, mecid: u8, commit_hash: h256 },
    pays: false,
    run: (context, { netuid, mecid, commit_hash }) =>
      commitWeights(context, context.signer(), { netuid, mechanism: mecid, hash: commit_hash }),
  }),
  call({
    name: "batch_commit_weights",
    index: 100,
    args: { netuids: vec(compact(u16)), commit_hashes: vec(h256) },
    pays: false,
    run: (context, { netuids, commit_hashes }) => batchCommitWeights(context, netuids, commit_hashes),
  }),
  call({
    name: "reveal_weights",
    index: 97,
    args: { netuid: u16, ...revealed },
    pays: false,
    run: (context, { netuid, version_key, ...reveal }) =>
      revealWeights(context, netuid, 0, { ...reveal, versionKey: version_key }),
  }),
  call({
    name: "reveal_mechanism_weights",
    index: 116,
    args: { netuid: u16, mecid: u8, ...revealed },
    pays: false,
    run: (context, { netuid, mecid, version_key, ...reveal }) =>
      revealWeights(context, netuid, mecid, { ...reveal, versionKey: version_key }),
  }),
  call({
    name: "batch_reveal_weights",
    index: 98,
    args: {
      netuid: u16,
      uids_list: vec(vec(u16)),
      values_list: vec(vec(u16)),
      salts_list: vec(vec(u16)),
      version_keys: vec(u64),
    },
    pays: false,
    run(context, { netuid, uids_list, values_list, salts_list, version_keys }) {
      const lengths = [values_list.length, salts_list.length, version_keys.length];
      ensure(
        lengths.every((length) => length === uids_list.length),
        errors,
        "InputLengthsUnequal",
      );
      batchRevealWeights(
        context,
        netuid,
        uids_list.map((uids, at) => ({
          uids,
          values: values_list[at]!,
          salt: salts_list[at]!,
          versionKey: version_keys[at]!,
        })),
      );
    },
  }),
  call({
    name: "commit_timelocked_weights",
    index: 113,
    args: { netuid: u16, ...sealed, commit_reveal_version: u16 },
    pays: false,
    run: (context, { netuid, commit, reveal_round, commit_reveal_version }) =>
      seal(context, { netuid, mechanism: 0, commit, round: reveal_round }, commit_reveal_version),
  }),
  call({
    name: "commit_timelocked_mechanism_weights",
    index: 118,
    args: { netuid: u16, mecid: u8, ...sealed, commit_reveal_version: u16 },
    pays: false,
    run: (context, { netuid, mecid, commit, reveal_round, commit_reveal_version }) =>
      seal(context, { netuid, mechanism: mecid, commit, round: reveal_round }, commit_reveal_version),
  }),
  call({
    name: "commit_crv3_mechanism_weights",
    index: 117,
    args: { netuid: u16, mecid: u8, ...sealed },
    pays: false,
    run: (context, { netuid, mecid, commit, reveal_round }) =>
      seal(context, { netuid, mechanism: mecid, commit, round: reveal_round }, OLD_FORM_VERSION),
  }),
];
