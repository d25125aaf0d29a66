/** Neurons come and go and stake moves, in any order, on a subnet with few places. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { S } from "./pallets/subtensor/storage.ts";
import { expectSound } from "./sound-chain.fixture.ts";
import { oneSubnet, type TestChain, testChain } from "./test-chain.fixture.ts";

const COLDKEYS = ["//Rich", "//Alice", "//Owner"];
const OLD = ["//Val/hot", "//Miner0/hot", "//Miner1/hot"];
const HOTKEYS = 12;
const TAO = 1_000_000_000n;

const coldkey = fc.constantFrom(...COLDKEYS);
const hotkey = fc.nat({ max: HOTKEYS - 1 });
const netuid = fc.constantFrom(...Array<number>(8).fill(1), 0, 0, 0, 2);
const upTo = (tao: bigint) => fc.bigInt({ min: 0n, max: tao * TAO });
const amount = fc.oneof({ weight: 4, arbitrary: upTo(20n) }, { weight: 1, arbitrary: upTo(5_000n) });

const keyOf = (chain: TestChain, at: number) =>
  OLD[at] === undefined ? chain.stranger(at) : chain.account(OLD[at]);

type Step = (chain: TestChain) => [who: string, call: string, args: Record<string, unknown>];

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(coldkey, hotkey).map(
    ([who, at]): Step =>
      (chain) => [who, "burned_register", { netuid: 1, hotkey: keyOf(chain, at) }],
  ),
  fc.tuple(coldkey, hotkey).map(
    ([who, at]): Step =>
      (chain) => [who, "root_register", { hotkey: keyOf(chain, at) }],
  ),
  {
    weight: 4,
    arbitrary: fc.tuple(coldkey, hotkey, netuid, amount).map(
      ([who, at, on, amount_staked]): Step =>
        (chain) => [who, "add_stake", { hotkey: keyOf(chain, at), netuid: on, amount_staked }],
    ),
  },
  fc.tuple(coldkey, hotkey, netuid, amount).map(
    ([who, at, on, amount_unstaked]): Step =>
      (chain) => [who, "remove_stake", { hotkey: keyOf(chain, at), netuid: on, amount_unstaked }],
  ),
  fc.tuple(coldkey, hotkey, hotkey, netuid, netuid, amount).map(
    ([who, from, to, origin_netuid, destination_netuid, alpha_amount]): Step =>
      (chain) => {
        const hotkeys = { origin_hotkey: keyOf(chain, from), destination_hotkey: keyOf(chain, to) };
        return [who, "move_stake", { ...hotkeys, origin_netuid, destination_netuid, alpha_amount }];
      },
  ),
  fc.tuple(coldkey, hotkey, coldkey, netuid, netuid, amount).map(
    ([who, at, to, origin_netuid, destination_netuid, alpha_amount]): Step =>
      (chain) => {
        const along = { hotkey: keyOf(chain, at), destination_coldkey: chain.account(to) };
        return [who, "transfer_stake", { ...along, origin_netuid, destination_netuid, alpha_amount }];
      },
  ),
  fc.tuple(coldkey, hotkey).map(
    ([who, at]): Step =>
      (chain) => [who, "unstake_all", { hotkey: keyOf(chain, at) }],
  ),
  fc.tuple(coldkey, hotkey, hotkey, amount).map(
    ([who, parent, child, share]): Step =>
      (chain) => {
        const children = [[share, keyOf(chain, child)]];
        return [who, "set_children", { hotkey: keyOf(chain, parent), netuid: 1, children }];
      },
  ),
  fc.tuple(hotkey, fc.uniqueArray(fc.nat({ max: 5 }), { maxLength: 6 })).map(
    ([at, dests]): Step =>
      (chain) => {
        const weights = { netuid: 1, dests, weights: dests.map((uid) => uid + 1), version_key: 0n };
        return [keyOf(chain, at), "set_weights", weights];
      },
  ),
);

test("whoever registers, stakes, moves and weighs: uids stay bijective, TAO and stake are conserved", async () => {
  let registered = 0;
  const steps = fc.array(fc.tuple(step, fc.nat({ max: 4 })), { minLength: 30, maxLength: 80 });
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const hyperparameters = { immunity_period: 5, max_burn: 600_000, min_non_immune_uids: 1 };
      const chain = await testChain({
        genesis: {
          ...oneSubnet({ maxUids: 6, weightsRateLimit: 0, hyperparameters }),
          hyperparameters: { pending_childkey_cooldown: 3 },
        },
      });
      for (const [made, blocks] of sequence) {
        const [who, call, args] = made(chain);
        if (chain.call(who, `SubtensorModule.${call}`, args) === undefined && call === "burned_register")
          registered++;
        chain.advance(blocks);
      }
      expectSound(chain);
      expect(chain.state.get(S.SubnetworkN, 1)).toBeLessThanOrEqual(6);
    }),
    { numRuns: 50 },
  );
  // More than there are places for, so that some were pruned.
  expect(registered).toBeGreaterThan(50);
}, 60_000);
