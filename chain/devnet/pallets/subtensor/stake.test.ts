/** Stake: bought, sold, moved, transferred and swapped, at the price of the pool. */
import { describe, expect, test } from "bun:test";
import { expectSound } from "../../sound-chain.fixture.ts";
import { oneSubnet, type TestChain, testChain } from "../../test-chain.fixture.ts";
import { freeOf } from "../balances/ledger.ts";
import { hotkeyStake, stakeOf } from "./share-pool.ts";
import { S } from "./storage.ts";
import { alphaPrice } from "./swaps.ts";

const TAO = 1_000_000_000n;
const VALIDATOR = "//Val/hot";
const MINER = "//Miner0/hot";

const genesis = () => {
  const { accounts, subnets } = oneSubnet();
  return { accounts, subnets: [...subnets, { ...subnets[0]!, netuid: 2 }] };
};
const held = (chain: TestChain, coldkey: string, hotkey = VALIDATOR, netuid = 1) =>
  stakeOf(chain.context, chain.account(hotkey), chain.account(coldkey), netuid);
const tao = (chain: TestChain, who: string) => freeOf(chain.state, chain.account(who));
const add = (chain: TestChain, amount: bigint, netuid = 1) =>
  chain.call("//Rich", "SubtensorModule.add_stake", {
    ...{ hotkey: chain.account(VALIDATOR), netuid, amount_staked: amount },
  });

test("staking buys alpha, moves the price up, and selling all of it gives back no more than was paid", async () => {
  const chain = await testChain({ genesis: genesis() });
  const before = { tao: tao(chain, "//Rich"), price: alphaPrice(chain.context, 1) };
  expect(add(chain, 100n * TAO)).toBeUndefined();
  expect(before.tao - tao(chain, "//Rich")).toBe(100n * TAO);
  const alpha = held(chain, "//Rich");
  expect(Number(alpha / TAO)).toBeWithin(85, 100);
  expect(alphaPrice(chain.context, 1)).toBeGreaterThan(before.price);
  const sell = { hotkey: chain.account(VALIDATOR), netuid: 1, amount_unstaked: alpha };
  expect(chain.call("//Rich", "SubtensorModule.remove_stake", sell)).toBeUndefined();
  expect(held(chain, "//Rich")).toBe(0n);
  const lost = before.tao - tao(chain, "//Rich");
  expect(lost).toBeGreaterThan(0n);
  // Two fees of 33/65,535.
  expect(lost).toBeLessThan(TAO / 5n);
  expectSound(chain);
});

test("on root a TAO is a TAO", async () => {
  const chain = await testChain({ genesis: genesis() });
  expect(add(chain, 100n * TAO, 0)).toBeUndefined();
  expect(held(chain, "//Rich", VALIDATOR, 0)).toBe(100n * TAO);
  expectSound(chain);
});

describe("a limit price", () => {
  const limited = (chain: TestChain, allow_partial: boolean) =>
    chain.call("//Rich", "SubtensorModule.add_stake_limit", {
      ...{ hotkey: chain.account(VALIDATOR), netuid: 1, amount_staked: 500n * TAO },
      ...{ limit_price: TAO + TAO / 10n, allow_partial },
    });

  test("refuses what would go beyond it, whole", async () => {
    const chain = await testChain({ genesis: genesis() });
    expect(limited(chain, false)).toBe("SlippageTooHigh");
    expect(held(chain, "//Rich")).toBe(0n);
  });

  test("or takes the part up to it", async () => {
    const chain = await testChain({ genesis: genesis() });
    const before = tao(chain, "//Rich");
    expect(limited(chain, true)).toBeUndefined();
    const paid = before - tao(chain, "//Rich");
    expect(paid).toBeGreaterThan(0n);
    expect(paid).toBeLessThan(100n * TAO);
    expect(Number(alphaPrice(chain.context, 1)) / 2 ** 64).toBeCloseTo(1.1, 3);
  });
});

describe("stake goes", () => {
  const along = (chain: TestChain, to: object, amount: bigint) => ({
    ...{ origin_netuid: 1, destination_netuid: 1, alpha_amount: amount },
    ...{ hotkey: chain.account(VALIDATOR), ...to },
  });

  test("to another hotkey", async () => {
    const chain = await testChain({ genesis: genesis() });
    add(chain, 100n * TAO);
    const to = { origin_hotkey: chain.account(VALIDATOR), destination_hotkey: chain.account(MINER) };
    const before = held(chain, "//Rich");
    const { hotkey: _, ...args } = along(chain, to, 10n * TAO);
    expect(chain.call("//Rich", "SubtensorModule.move_stake", args)).toBeUndefined();
    expect(held(chain, "//Rich", MINER)).toBe(10n * TAO);
    expect(before - held(chain, "//Rich")).toBe(10n * TAO);
    expectSound(chain);
  });

  test("to another coldkey", async () => {
    const chain = await testChain({ genesis: genesis() });
    add(chain, 100n * TAO);
    const to = along(chain, { destination_coldkey: chain.account("//Alice") }, 10n * TAO);
    expect(chain.call("//Rich", "SubtensorModule.transfer_stake", to)).toBeUndefined();
    expect(held(chain, "//Alice")).toBe(10n * TAO);
    expectSound(chain);
    chain.set("transfers_enabled", false, 1);
    expect(chain.call("//Rich", "SubtensorModule.transfer_stake", to)).toBe("TransferDisallowed");
  });

  test("to another subnet, sold there and bought here", async () => {
    const chain = await testChain({ genesis: genesis() });
    add(chain, 100n * TAO);
    const price = alphaPrice(chain.context, 2);
    const to = along(chain, { destination_netuid: 2 }, 10n * TAO);
    expect(chain.call("//Rich", "SubtensorModule.swap_stake", to)).toBeUndefined();
    const arrived = held(chain, "//Rich", VALIDATOR, 2);
    expect(arrived).toBeGreaterThan(0n);
    expect(alphaPrice(chain.context, 2)).toBeGreaterThan(price);
    expectSound(chain);
  });
});

test("unstake_all sells everything behind a hotkey, on all subnets", async () => {
  const chain = await testChain({ genesis: genesis() });
  for (const netuid of [0, 1, 2]) expect(add(chain, 10n * TAO, netuid)).toBeUndefined();
  const hotkey = chain.account(VALIDATOR);
  expect(chain.call("//Rich", "SubtensorModule.unstake_all", { hotkey })).toBeUndefined();
  expect([0, 1, 2].map((netuid) => held(chain, "//Rich", VALIDATOR, netuid))).toEqual([0n, 0n, 0n]);
  expectSound(chain);
});

test("a delegate takes its part before its stakers, and may raise it seldom", async () => {
  const chain = await testChain({ genesis: genesis() });
  const take = (to: number, call = "increase_take") =>
    chain.call("//Val", `SubtensorModule.${call}`, { hotkey: chain.account(VALIDATOR), take: to });
  expect(take(0, "decrease_take")).toBeUndefined();
  expect(take(100)).toBe("DelegateTxRateLimitExceeded");
  chain.set("tx_delegate_take_rate_limit", 0);
  expect(take(11_796)).toBeUndefined();
  expect(take(11_797)).toBe("DelegateTakeTooHigh");
  expect(take(11_796, "decrease_take")).toBe("DelegateTakeTooLow");
  expect(chain.state.get(S.Delegates, chain.account(VALIDATOR))).toBe(11_796);
});

test("alpha that is burned stays out, alpha that is recycled may be emitted again", async () => {
  const chain = await testChain({ genesis: genesis() });
  const spend = (call: string) =>
    chain.call("//Val", `SubtensorModule.${call}`, {
      ...{ hotkey: chain.account(VALIDATOR), amount: TAO, netuid: 1 },
    });
  const out = () => chain.state.get(S.SubnetAlphaOut, 1);
  const before = { out: out(), stake: hotkeyStake(chain, chain.account(VALIDATOR), 1) };
  expect(spend("burn_alpha")).toBeUndefined();
  expect(out()).toBe(before.out);
  expect(spend("recycle_alpha")).toBeUndefined();
  expect(out()).toBe(before.out - TAO);
  expect(hotkeyStake(chain, chain.account(VALIDATOR), 1)).toBe(before.stake - 2n * TAO);
});
