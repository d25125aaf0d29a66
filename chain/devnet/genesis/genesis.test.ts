/** What `genesis.json` may say, and what becomes of it. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../../protocol/failure.ts";
import { freeOf } from "../pallets/balances/ledger.ts";
import { hotkeyStake } from "../pallets/subtensor/share-pool.ts";
import { S } from "../pallets/subtensor/storage.ts";
import { expectSound } from "../sound-chain.fixture.ts";
import { testChain } from "../test-chain.fixture.ts";

const subnet = (own: object = {}) => ({ subnets: [{ netuid: 1, owner: "//Alice", ...own }] });
const neuron = { hotkey: "//Val/hot", coldkey: "//Val" };

async function mistake(genesis: unknown): Promise<string> {
  try {
    await testChain({ genesis });
  } catch (error) {
    if (error instanceof Failure && error.code === "config") return error.message;
    throw error;
  }
  throw new Error("it was taken");
}

describe("a mistake is one line that names the field", () => {
  const mistakes: [what: string, genesis: unknown, line: RegExp][] = [
    ["no object", 7, /^genesis: /],
    ["an unknown field", { block_time: 250 }, /^genesis: .*block_time/],
    ["a block time of nothing", { blockTimeMs: 0 }, /^genesis: blockTimeMs: /],
    ["an account without a key", { accounts: [{ tao: 1 }] }, /^genesis: accounts\.0: .*uri or address/],
    ["more TAO than there is", { accounts: [{ uri: "//A", tao: 1e9 }] }, /^genesis: accounts\.0\.tao/],
    ["fractions of a rao", { accounts: [{ uri: "//A", tao: "1.0000000001" }] }, /^genesis: accounts\.0\.tao/],
    ["a gap in netuids", { subnets: [{ netuid: 2, owner: "//Alice" }] }, /without gaps/],
    ["the same netuid twice", { subnets: [1, 1].map((netuid) => ({ netuid, owner: "//A" })) }, /comes twice/],
    [
      "more neurons than uids",
      subnet({ maxUids: 1, neurons: [neuron, { ...neuron, hotkey: "//B" }] }),
      /maxUids/,
    ],
    ["a hotkey twice", subnet({ neurons: [neuron, neuron] }), /\/\/Val\/hot comes twice/],
    ["weights on a stranger", subnet({ neurons: [{ ...neuron, weights: { "//X": 1 } }] }), /no neuron/],
    ["an unknown hyperparameter", subnet({ hyperparameters: { tempoo: 1 } }), /^genesis: subnet 1: .*tempoo/],
    [
      "a value that does not fit",
      { hyperparameters: { tao_weight: true } },
      /^genesis: hyperparameters: tao_weight/,
    ],
    ["a key that is none", { accounts: [{ uri: "not a key", tao: 1 }] }, /^genesis: not a …/],
    [
      "two names of one key",
      subnet({
        neurons: [
          neuron,
          {
            ...neuron,
            hotkey: "bottom drive obey lake curtain smoke basket hold race lonely fit walk//Val/hot",
          },
        ],
      }),
      /same key as another/,
    ],
    [
      "a hotkey with two coldkeys",
      {
        subnets: [1, 2].map((netuid) => ({
          netuid,
          owner: "//Alice",
          neurons: [{ hotkey: "//H", coldkey: `//C${netuid}` }],
        })),
      },
      /^genesis: subnet 2: \/\/H has another coldkey/,
    ],
  ];
  for (const [what, genesis, line] of mistakes) {
    test(what, async () => {
      const told = await mistake(genesis);
      expect(told).toMatch(line);
      expect(told).not.toContain("\n");
    });
  }

  test("and never repeats a mnemonic", async () => {
    const told = await mistake({ accounts: [{ uri: "abandon abandon wrong words are here", tao: 1 }] });
    expect(told).not.toContain("wrong");
  });
});

test("{} has root, six developers with a million TAO, and no subnet", async () => {
  const chain = await testChain();
  expect(chain.state.entries(S.NetworksAdded).map(({ keys }) => keys[0])).toEqual([0]);
  for (const name of ["//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie"])
    expect(freeOf(chain.state, chain.account(name))).toBe(1_000_000_000_000_000n);
  expectSound(chain);
});

test("neurons are registered in order with their stake, weights, axon and permit, and pay from the first epoch", async () => {
  const chain = await testChain({
    genesis: subnet({
      neurons: [
        { ...neuron, stakeTao: "1000.5", rootTao: 20, weights: { "//M": 3, "0": 1 } },
        { hotkey: "//M", coldkey: "//M", axon: { ip: "10.0.0.7", port: 80 } },
      ],
    }),
  });
  const [validator, miner] = [chain.account("//Val/hot"), chain.account("//M")];
  expect(chain.state.get(S.Uids, 1, validator)).toBe(0);
  expect(chain.state.get(S.Uids, 1, miner)).toBe(1);
  expect(hotkeyStake(chain, validator, 1)).toBe(1_000_500_000_000n);
  expect(hotkeyStake(chain, validator, 0)).toBe(20_000_000_000n);
  expect(chain.state.get(S.ValidatorPermit, 1)).toEqual([true, false]);
  expect(chain.state.get(S.Weights, 1, 0)).toEqual([
    [0, 1],
    [1, 3],
  ]);
  expect(chain.state.get(S.Axons, 1, miner)).toMatchObject({ ip: 0x0a000007n, port: 80 });
  expectSound(chain);
  const before = hotkeyStake(chain, miner, 1);
  chain.passEpoch();
  chain.passEpoch();
  expect(hotkeyStake(chain, miner, 1)).toBeGreaterThan(before);
  expectSound(chain);
});

test("the owner's hotkey is the owner's first neuron, or the owner's own account", async () => {
  const neurons = [{ hotkey: "//Alice/hot", coldkey: "//Alice" }];
  const withNeuron = await testChain({ genesis: subnet({ neurons }) });
  expect(withNeuron.state.get(S.SubnetOwnerHotkey, 1)).toBe(withNeuron.account("//Alice/hot"));
  const without = await testChain({ genesis: subnet() });
  expect(without.state.get(S.SubnetOwnerHotkey, 1)).toBe(without.account("//Alice"));
});
