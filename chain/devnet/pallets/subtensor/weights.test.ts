/** Weights on their way: in the open, by hash, and sealed to a round of the beacon. */
import { describe, expect, test } from "bun:test";
import { createSeededRng } from "../../../../runtime/ports/seeded-rng.ts";
import { fromHex } from "../../../scale/hex.ts";
import { QUICKNET, roundAt } from "../../../timelock/beacon.ts";
import { sealToRound } from "../../../timelock/timelock.ts";
import { bytes, encode, struct, u16, u64, vec } from "../../declare/index.ts";
import { oneSubnet, type TestChain, testChain } from "../../test-chain.fixture.ts";
import { BeaconConfig, LastStoredRound, Pulses } from "../drand/storage.ts";
import { commitHash } from "./commits.ts";
import { S } from "./storage.ts";

const VALIDATOR = "//Val/hot";
const OPEN = { netuid: 1, dests: [1, 2], weights: [1, 2], version_key: 0n };
const [SETTING_TOO_FAST, TOO_LITTLE_STAKE, TOO_EARLY, ROUND_PASSED] = [6, 1, 17, 15];

const weightsOf = (chain: TestChain) => chain.state.get(S.Weights, 1, 0);
const named = (chain: TestChain, name: string) =>
  chain.events.filter((event) => event.name === `SubtensorModule.${name}`);

describe("in the open", () => {
  test("are stored at once, the greatest as 65,535, and say when they were set", async () => {
    const chain = await testChain({ genesis: oneSubnet() });
    chain.advance(6);
    expect(chain.call(VALIDATOR, "SubtensorModule.set_weights", OPEN)).toBeUndefined();
    expect(weightsOf(chain)).toEqual([
      [1, 32_768],
      [2, 65_535],
    ]);
    expect(chain.state.get(S.LastUpdate, 1)[0]).toBe(BigInt(chain.block));
    expect(named(chain, "WeightsSet")).toEqual([{ name: "SubtensorModule.WeightsSet", value: [1, 0] }]);
  });

  test("are taken again once more blocks than the rate limit have passed, and refused by the pool before", async () => {
    const chain = await testChain({ genesis: oneSubnet({ weightsRateLimit: 5 }) });
    chain.advance(6);
    expect(chain.call(VALIDATOR, "SubtensorModule.set_weights", OPEN)).toBeUndefined();
    chain.advance(4);
    expect(chain.validity(VALIDATOR, "SubtensorModule.set_weights", OPEN)).toBe(SETTING_TOO_FAST);
    expect(chain.call(VALIDATOR, "SubtensorModule.set_weights", OPEN)).toBe("SettingWeightsTooFast");
    chain.advance();
    expect(chain.validity(VALIDATOR, "SubtensorModule.set_weights", OPEN)).toBeUndefined();
    expect(chain.call(VALIDATOR, "SubtensorModule.set_weights", OPEN)).toBeUndefined();
  });

  test("need the stake threshold in the pool, too", async () => {
    const chain = await testChain({ genesis: oneSubnet() });
    chain.set("stake_threshold", "1000000000001");
    expect(chain.validity(VALIDATOR, "SubtensorModule.set_weights", OPEN)).toBe(TOO_LITTLE_STAKE);
  });

  test("of a mechanism stay apart from those of another", async () => {
    const chain = await testChain({ genesis: oneSubnet({ hyperparameters: { mechanism_count: 2 } }) });
    chain.advance(6);
    const second = { ...OPEN, mecid: 1, dests: [3], weights: [9] };
    expect(chain.call(VALIDATOR, "SubtensorModule.set_mechanism_weights", second)).toBeUndefined();
    expect(weightsOf(chain)).toEqual([]);
    expect(chain.state.get(S.Weights, 4_096 + 1, 0)).toEqual([[3, 65_535]]);
    expect(chain.call(VALIDATOR, "SubtensorModule.set_weights", OPEN)).toBeUndefined();
  });

  test("in a batch each succeed or fail on their own", async () => {
    const chain = await testChain({ genesis: oneSubnet() });
    chain.advance(6);
    const batch = {
      netuids: [1, 0],
      weights: [
        [
          [1, 1],
          [2, 1],
        ],
        [[0, 1]],
      ],
      version_keys: [0n, 0n],
    };
    expect(chain.call(VALIDATOR, "SubtensorModule.batch_set_weights", batch)).toBeUndefined();
    expect(weightsOf(chain)).toHaveLength(2);
    expect(named(chain, "BatchWeightItemFailed")).toHaveLength(1);
    expect(named(chain, "BatchCompletedWithErrors")).toHaveLength(1);
  });
});

describe("by hash", () => {
  const reveal = { uids: [1, 3], values: [7, 14], salt: [1, 2, 3, 4] };

  async function committed() {
    const chain = await testChain({ genesis: oneSubnet({ commitReveal: true }) });
    chain.advance(6);
    const commit_hash = commitHash(chain.account(VALIDATOR), 1, { ...reveal, versionKey: 0n });
    const args = { netuid: 1, commit_hash };
    expect(chain.call(VALIDATOR, "SubtensorModule.commit_weights", args)).toBeUndefined();
    return chain;
  }
  const revealing = { netuid: 1, ...reveal, version_key: 0n };

  test("are revealed in the epoch after the commit, not before and not after", async () => {
    const chain = await committed();
    expect(chain.validity(VALIDATOR, "SubtensorModule.reveal_weights", revealing)).toBe(TOO_EARLY);
    expect(chain.call(VALIDATOR, "SubtensorModule.reveal_weights", revealing)).toBe("RevealTooEarly");
    chain.passEpoch();
    expect(chain.validity(VALIDATOR, "SubtensorModule.reveal_weights", revealing)).toBeUndefined();
    expect(chain.call(VALIDATOR, "SubtensorModule.reveal_weights", revealing)).toBeUndefined();
    expect(weightsOf(chain)).toEqual([
      [1, 32_768],
      [3, 65_535],
    ]);
    expect(chain.state.has(S.WeightCommits, 1, chain.account(VALIDATOR))).toBe(false);

    const late = await committed();
    late.passEpoch();
    late.passEpoch();
    expect(late.call(VALIDATOR, "SubtensorModule.reveal_weights", revealing)).toBe("ExpiredWeightCommit");
  });

  test("cannot be set in the open meanwhile", async () => {
    const chain = await committed();
    expect(chain.call(VALIDATOR, "SubtensorModule.set_weights", OPEN)).toBe("CommitRevealEnabled");
  });

  async function committedTwice() {
    const chain = await committed();
    chain.set("weights_rate_limit", 0);
    const commit_hash = commitHash(chain.account(VALIDATOR), 1, { ...reveal, salt: [9], versionKey: 0n });
    expect(chain.call(VALIDATOR, "SubtensorModule.commit_weights", { netuid: 1, commit_hash })).toBe(
      undefined,
    );
    chain.passEpoch();
    return chain;
  }

  test("drop the commits before the one that is revealed", async () => {
    const chain = await committedTwice();
    const second = { ...revealing, salt: [9] };
    expect(chain.call(VALIDATOR, "SubtensorModule.reveal_weights", second)).toBeUndefined();
    expect(chain.call(VALIDATOR, "SubtensorModule.reveal_weights", revealing)).toBe("NoWeightsCommitFound");
  });

  test("are revealed together in a batch, but none twice", async () => {
    const batch = (salts: number[][]) => ({
      netuid: 1,
      uids_list: salts.map(() => reveal.uids),
      values_list: salts.map(() => reveal.values),
      salts_list: salts,
      version_keys: salts.map(() => 0n),
    });
    const chain = await committedTwice();
    const twice = batch([reveal.salt, reveal.salt]);
    expect(chain.call(VALIDATOR, "SubtensorModule.batch_reveal_weights", twice)).toBe(
      "InvalidRevealCommitHashNotMatch",
    );
    const both = batch([reveal.salt, [9]]);
    expect(chain.call(VALIDATOR, "SubtensorModule.batch_reveal_weights", both)).toBeUndefined();
    expect(chain.state.has(S.WeightCommits, 1, chain.account(VALIDATOR))).toBe(false);
  });
});

describe("sealed to a round", () => {
  const payload = struct("", { hotkey: bytes, uids: vec(u16), values: vec(u16), version_key: u64 });
  const plaintext = (chain: TestChain, owner = VALIDATOR) =>
    encode(payload, {
      hotkey: fromHex(chain.account(owner)),
      uids: [1, 2],
      values: [3, 6],
      version_key: 0n,
    });
  const sealed = (chain: TestChain, round: bigint, inside = plaintext(chain)) =>
    sealToRound({
      plaintext: inside,
      round,
      beacon: { publicKey: chain.state.get(BeaconConfig).public_key },
      rng: createSeededRng("5ea1"),
    });

  /** Commits what opens with a round that is signed within the epoch. */
  async function committed(options: { genesis?: object; commit?: (chain: TestChain) => Uint8Array } = {}) {
    const genesis = { ...oneSubnet({ commitReveal: true }), ...options.genesis };
    const chain = await testChain({ genesis });
    chain.advance(6);
    const round = chain.state.get(LastStoredRound) + 2n;
    const commit = options.commit?.(chain) ?? sealed(chain, round);
    const args = { netuid: 1, commit, reveal_round: round, commit_reveal_version: 4 };
    expect(chain.call(VALIDATOR, "SubtensorModule.commit_timelocked_weights", args)).toBeUndefined();
    return { chain, round };
  }

  test("open by themselves at the next epoch, once the beacon has signed the round", async () => {
    const { chain, round } = await committed();
    expect(chain.state.has(S.TimelockedWeightCommits, 1, 0n)).toBe(true);
    expect(weightsOf(chain)).toEqual([]);
    chain.passEpoch();
    expect(chain.state.get(Pulses, round)?.signature).toHaveLength(48);
    expect(weightsOf(chain)).toEqual([
      [1, 32_768],
      [2, 65_535],
    ]);
    expect(named(chain, "TimelockedWeightsRevealed")).toEqual([
      { name: "SubtensorModule.TimelockedWeightsRevealed", value: [1, chain.account(VALIDATOR)] },
    ]);
    expect(chain.state.entries(S.TimelockedWeightCommits, 1)).toEqual([]);
  });

  test("wait for a round that is later than the epoch, and are dropped an epoch on", async () => {
    const chain = await testChain({ genesis: oneSubnet({ commitReveal: true }) });
    chain.advance(6);
    const round = BigInt(roundAt(QUICKNET, chain.context.now)) + 1_000n;
    const args = { netuid: 1, commit: sealed(chain, round), reveal_round: round, commit_reveal_version: 4 };
    expect(chain.call(VALIDATOR, "SubtensorModule.commit_timelocked_weights", args)).toBeUndefined();
    chain.passEpoch();
    chain.advance(3);
    expect(chain.state.get(S.TimelockedWeightCommits, 1, 0n)).toHaveLength(1);
    chain.passEpoch();
    expect(chain.state.entries(S.TimelockedWeightCommits, 1)).toEqual([]);
    expect(weightsOf(chain)).toEqual([]);
  });

  test("are dropped without a word when they are garbage, or name another hotkey", async () => {
    const garbage: ((chain: TestChain) => Uint8Array)[] = [
      () => new Uint8Array(),
      () => new Uint8Array(300).fill(7),
      (chain) => sealed(chain, chain.state.get(LastStoredRound) + 2n, Uint8Array.of(1, 2, 3)),
      (chain) => sealed(chain, chain.state.get(LastStoredRound) + 2n, plaintext(chain, "//Miner0/hot")),
    ];
    for (const commit of garbage) {
      const { chain } = await committed({ commit });
      chain.passEpoch();
      expect(weightsOf(chain)).toEqual([]);
      expect(named(chain, "TimelockedWeightsRevealed")).toEqual([]);
      expect(chain.state.entries(S.TimelockedWeightCommits, 1)).toEqual([]);
    }
  });

  test("to the real beacon's key stay shut: the devnet cannot sign for quicknet", async () => {
    const commit = (chain: TestChain) =>
      sealToRound({
        plaintext: plaintext(chain),
        round: chain.state.get(LastStoredRound) + 2n,
        beacon: QUICKNET,
        rng: createSeededRng("5ea1"),
      });
    const { chain } = await committed({ commit });
    chain.passEpoch();
    expect(weightsOf(chain)).toEqual([]);
  });

  test("to a round that has passed are refused by the pool", async () => {
    const chain = await testChain({ genesis: oneSubnet({ commitReveal: true }) });
    chain.advance(6);
    const round = chain.state.get(LastStoredRound) - 1n;
    const args = { netuid: 1, commit: new Uint8Array(9), reveal_round: round, commit_reveal_version: 4 };
    expect(chain.validity(VALIDATOR, "SubtensorModule.commit_timelocked_weights", args)).toBe(ROUND_PASSED);
  });
});

test("a chain with quicknet's beacon takes its real pulses from root, and no others", async () => {
  const chain = await testChain({ genesis: { beacon: "quicknet" } });
  const pulse = (signature: string) => ({
    pulses_payload: {
      block_number: 1,
      pulses: [{ round: 1_000n, randomness: new Uint8Array(32), signature: fromHex(`0x${signature}`) }],
      public: { type: "Sr25519", value: chain.account("//Alice") },
    },
    signature: undefined,
  });
  const real =
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39";
  expect(chain.call("root", "Drand.write_pulse", pulse(`${real.slice(0, -2)}38`))).toBeUndefined();
  expect(chain.state.has(Pulses, 1_000n)).toBe(false);
  expect(chain.call("//Alice", "Drand.write_pulse", pulse(real))).toBe("BadOrigin");
  expect(chain.call("root", "Drand.write_pulse", pulse(real))).toBeUndefined();
  expect(chain.state.has(Pulses, 1_000n)).toBe(true);
  expect(chain.state.get(LastStoredRound)).toBe(1_000n);
});
