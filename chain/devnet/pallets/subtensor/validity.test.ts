/** The numbers with which the pool refuses, before anything is paid. */
import { expect, test } from "bun:test";
import { oneSubnet, type TestChain, testChain } from "../../test-chain.fixture.ts";
import { LastStoredRound } from "../drand/storage.ts";
import { S } from "./storage.ts";

const VALIDATOR = "//Val/hot";
const MINER = "//Miner0/hot";
type Refused = [who: string, call: string, args: Record<string, unknown>];

const weights = { netuid: 1, dests: [1], weights: [1], version_key: 0n };
const hash = `0x${"ab".repeat(32)}`;
const sealed = { netuid: 1, commit: new Uint8Array(9), reveal_round: 0n, commit_reveal_version: 4 };
const revealed = { netuid: 1, uids: [1], values: [1], salt: [1], version_key: 0n };
const axon = {
  ...{ netuid: 1, version: 1, ip: 0x0a000001n, port: 80, ip_type: 4, protocol: 4 },
  ...{ placeholder1: 0, placeholder2: 0 },
};
const just = (chain: TestChain) =>
  chain.state.put(S.LastUpdate, 1, Array<bigint>(4).fill(BigInt(chain.block)));
const sealing = (chain: TestChain) => chain.set("commit_reveal_weights_enabled", true);

const TABLE: [code: number, what: string, refused: (chain: TestChain) => Refused][] = [
  [
    1,
    "less stake than weights need",
    (chain) => {
      chain.set("stake_threshold", "18446744073709551615");
      return [VALIDATOR, "set_weights", weights];
    },
  ],
  [
    6,
    "weights within the rate limit",
    (chain) => {
      just(chain);
      return [VALIDATOR, "set_weights", weights];
    },
  ],
  [
    6,
    "a commit within the rate limit",
    (chain) => {
      sealing(chain);
      just(chain);
      return [VALIDATOR, "commit_weights", { netuid: 1, commit_hash: hash }];
    },
  ],
  [
    6,
    "networks one after the other",
    (chain) => {
      chain.set("network_rate_limit", 1_000);
      chain.call("//Rich", "SubtensorModule.register_network", { hotkey: chain.stranger(1) });
      return ["//Alice", "register_network", { hotkey: chain.stranger(2) }];
    },
  ],
  [10, "an axon of a stranger", () => ["//Rich", "serve_axon", axon]],
  [
    11,
    "an axon at an address that nobody reaches",
    () => [MINER, "serve_axon", { ...axon, ip: 0x7f000001n }],
  ],
  [
    12,
    "an axon again at once",
    (chain) => {
      chain.set("serving_rate_limit", 50);
      chain.call(MINER, "SubtensorModule.serve_axon", axon);
      return [MINER, "serve_axon", axon];
    },
  ],
  [13, "an axon without a port", () => [MINER, "serve_axon", { ...axon, port: 0 }]],
  [
    15,
    "a round of the beacon that has passed",
    (chain) => {
      sealing(chain);
      const reveal_round = chain.state.get(LastStoredRound) - 1n;
      return [VALIDATOR, "commit_timelocked_weights", { ...sealed, reveal_round }];
    },
  ],
  [16, "a reveal of nothing", () => [VALIDATOR, "reveal_weights", revealed]],
  [
    18,
    "lists of unequal length",
    () => [VALIDATOR, "batch_commit_weights", { netuids: [1, 1], commit_hashes: [hash] }],
  ],
  [
    25,
    "another coldkey's hotkey",
    (chain) => ["//Rich", "increase_take", { hotkey: chain.account(VALIDATOR), take: 9 }],
  ],
  [
    26,
    "a take below the least",
    (chain) => {
      chain.set("min_delegate_take", 100);
      return ["//Val", "decrease_take", { hotkey: chain.account(VALIDATOR), take: 99 }];
    },
  ],
  [
    27,
    "a take above the most",
    (chain) => ["//Val", "increase_take", { hotkey: chain.account(VALIDATOR), take: 65_535 }],
  ],
];

for (const [code, what, refused] of TABLE) {
  test(`${code} for ${what}`, async () => {
    const chain = await testChain({ genesis: oneSubnet() });
    chain.advance(7);
    const [who, call, args] = refused(chain);
    expect(chain.validity(who, `SubtensorModule.${call}`, args)).toBe(code);
  });
}

test("calls that are fine pass, and so do those whose errors only dispatch tells", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  chain.advance(7);
  const passes = (who: string, call: string, args: Record<string, unknown>) =>
    expect(chain.validity(who, call, args)).toBeUndefined();
  passes(VALIDATOR, "SubtensorModule.set_weights", weights);
  passes(MINER, "SubtensorModule.serve_axon", axon);
  // A miner has no permit, and a stranger no uid.
  passes(MINER, "SubtensorModule.set_weights", weights);
  passes("//Rich", "SubtensorModule.set_weights", weights);
  passes("//Rich", "SubtensorModule.burned_register", { netuid: 9, hotkey: chain.stranger(1) });
  // Nothing inside a batch is checked before its turn.
  const inside = {
    type: "SubtensorModule",
    value: { type: "set_weights", value: { ...weights, netuid: 9 } },
  };
  passes(VALIDATOR, "Utility.batch", { calls: [inside] });
});
