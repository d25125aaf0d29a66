/** Weights, commits and reveals: one error for each thing that is wrong, the chain's first of several. */
import { describeChecks } from "../../checks-in-order.fixture.ts";
import { oneSubnet, type TestChain } from "../../test-chain.fixture.ts";
import { commitHash } from "./commits.ts";
import { S } from "./storage.ts";

const VALIDATOR = "//Val/hot";
const just = (chain: TestChain, index = 1) =>
  chain.state.put(S.LastUpdate, index, Array<bigint>(4).fill(BigInt(chain.block)));

describeChecks("set_weights", {
  given: () => ({
    who: VALIDATOR,
    call: "SubtensorModule.set_mechanism_weights",
    args: { netuid: 1, mecid: 0, dests: [1, 2], weights: [1, 1], version_key: 0n },
  }),
  checks: {
    CommitRevealEnabled: ({ chain, args }) =>
      chain.set("commit_reveal_weights_enabled", true, args.netuid as number),
    CanNotSetRootNetworkWeights({ chain, args }) {
      args.netuid = 0;
      chain.set("commit_reveal_weights_enabled", false, 0);
    },
    WeightVecNotEqualSize: ({ args }) => void (args.weights as number[]).pop(),
    MechanismDoesNotExist: ({ args }) => void (args.mecid = 5),
    UidsLengthExceedUidsInSubNet({ args }) {
      (args.dests as number[]).push(...Array<number>(9).fill(1));
      (args.weights as number[]).push(...Array<number>(9).fill(1));
    },
    HotKeyNotRegisteredInSubNet(attempt) {
      attempt.who = attempt.chain.stranger(1);
    },
    NotEnoughStakeToSetWeights: ({ chain }) => chain.set("stake_threshold", "1000000000001"),
    IncorrectWeightVersionKey: ({ chain }) => chain.set("weights_version", 7),
    SettingWeightsTooFast: ({ chain }) => just(chain),
    NeuronNoValidatorPermit: ({ chain }) =>
      chain.state.put(S.ValidatorPermit, 1, [false, false, false, false]),
    DuplicateUids({ args }) {
      (args.dests as number[]).unshift(1);
      (args.weights as number[]).unshift(1);
    },
    UidVecContainInvalidOne({ args }) {
      (args.dests as number[]).unshift(99);
      (args.weights as number[]).unshift(1);
    },
    WeightVecLengthIsLow({ chain }) {
      chain.set("min_allowed_weights", 4);
    },
    MaxWeightExceeded: ({ chain }) => chain.set("max_weights_limit", 100),
  },
});

describeChecks("commit_weights", {
  genesis: oneSubnet({ commitReveal: true }),
  given: () => ({
    who: VALIDATOR,
    call: "SubtensorModule.commit_mechanism_weights",
    args: { netuid: 1, mecid: 0, commit_hash: `0x${"ab".repeat(32)}` },
  }),
  checks: {
    MechanismDoesNotExist: ({ args }) => void (args.mecid = 3),
    CommitRevealDisabled: ({ chain }) => chain.set("commit_reveal_weights_enabled", false),
    HotKeyNotRegisteredInSubNet(attempt) {
      attempt.who = attempt.chain.stranger(1);
    },
    CommittingWeightsTooFast: ({ chain }) => just(chain),
    TooManyUnrevealedCommits: ({ chain }) =>
      chain.state.put(
        S.WeightCommits,
        1,
        chain.account(VALIDATOR),
        Array.from({ length: 10 }, (_, at) => [`0x${String(at).padStart(64, "0")}`, 0n, 1n, 0n] as const),
      ),
  },
});

describeChecks("commit_timelocked_weights", {
  genesis: oneSubnet({ commitReveal: true }),
  given: () => ({
    who: VALIDATOR,
    call: "SubtensorModule.commit_timelocked_mechanism_weights",
    args: { netuid: 1, mecid: 0, commit: new Uint8Array(200), reveal_round: 9n, commit_reveal_version: 4 },
  }),
  checks: {
    MechanismDoesNotExist: ({ args }) => void (args.netuid = 44),
    CommitRevealDisabled: ({ chain }) => chain.set("commit_reveal_weights_enabled", false),
    IncorrectCommitRevealVersion: ({ args }) => void (args.commit_reveal_version = 3),
    HotKeyNotRegisteredInSubNet(attempt) {
      attempt.who = attempt.chain.stranger(1);
    },
    CommittingWeightsTooFast: ({ chain }) => just(chain),
    TooManyUnrevealedCommits: ({ chain }) =>
      chain.state.put(
        S.TimelockedWeightCommits,
        1,
        0n,
        Array.from({ length: 10 }, () => [chain.account(VALIDATOR), 1n, new Uint8Array(1), 1n] as const),
      ),
  },
});

const weights = { uids: [1, 2], values: [5, 9], salt: [1, 2, 3] };

describeChecks("reveal_weights", {
  genesis: oneSubnet({ commitReveal: true }),
  given(chain) {
    const hash = commitHash(chain.account(VALIDATOR), 1, { ...weights, versionKey: 0n });
    chain.call(VALIDATOR, "SubtensorModule.commit_weights", { netuid: 1, commit_hash: hash });
    chain.passEpoch();
    return {
      who: VALIDATOR,
      call: "SubtensorModule.reveal_weights",
      args: { netuid: 1, ...weights, version_key: 0n },
    };
  },
  exclusive: [
    // Once the only commit has expired, one that does not match it is just not found.
    ["ExpiredWeightCommit", "InvalidRevealCommitHashNotMatch"],
    // What has expired is not early.
    ["ExpiredWeightCommit", "RevealTooEarly"],
  ],
  checks: {
    CommitRevealDisabled: ({ chain }) => chain.set("commit_reveal_weights_enabled", false),
    NoWeightsCommitFound: ({ chain }) => chain.state.kill(S.WeightCommits, 1, chain.account(VALIDATOR)),
    ExpiredWeightCommit: ({ chain }) => chain.passEpoch(),
    InvalidRevealCommitHashNotMatch: ({ args }) => void (args.salt = [9]),
    RevealTooEarly: ({ chain }) => chain.set("commit_reveal_period", 2),
    NotEnoughStakeToSetWeights: ({ chain }) => chain.set("stake_threshold", "100000000000000"),
    IncorrectWeightVersionKey: ({ chain }) => chain.set("weights_version", 7),
    NeuronNoValidatorPermit: ({ chain }) =>
      chain.state.put(S.ValidatorPermit, 1, [false, false, false, false]),
  },
});
