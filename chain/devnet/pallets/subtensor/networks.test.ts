/** Subnets: what they cost, when they start, and what their owners may do. */
import { expect, test } from "bun:test";
import { oneSubnet, type TestChain, testChain } from "../../test-chain.fixture.ts";
import { freeOf } from "../balances/ledger.ts";
import { lockCost } from "./networks.ts";
import { S } from "./storage.ts";

const create = (chain: TestChain, at = 1) =>
  chain.call("//Rich", "SubtensorModule.register_network", { hotkey: chain.stranger(at) });
const stake = (chain: TestChain, netuid: number, at = 1) => {
  const args = { hotkey: chain.stranger(at), netuid, amount_staked: 1_000_000_000n };
  return chain.call("//Rich", "SubtensorModule.add_stake", args);
};

test("a new subnet costs the lock, has its owner as uid 0, and starts when the owner says so", async () => {
  const chain = await testChain({
    genesis: { ...oneSubnet(), hyperparameters: { start_call_delay: 10, subnet_limit: 128 } },
  });
  const cost = lockCost(chain);
  const before = freeOf(chain.state, chain.account("//Rich"));
  expect(create(chain)).toBeUndefined();
  expect(before - freeOf(chain.state, chain.account("//Rich"))).toBe(cost);
  expect(chain.state.get(S.Uids, 2, chain.stranger(1))).toBe(0);
  expect(chain.state.get(S.SubnetOwner, 2)).toBe(chain.account("//Rich"));
  expect(stake(chain, 2)).toBe("SubtokenDisabled");

  const start = { netuid: 2 };
  expect(chain.call("//Alice", "SubtensorModule.start_call", start)).toBe("BadOrigin");
  expect(chain.call("//Rich", "SubtensorModule.start_call", start)).toBe("NeedWaitingMoreBlocksToStarCall");
  chain.advance(10);
  expect(chain.call("//Rich", "SubtensorModule.start_call", start)).toBeUndefined();
  expect(chain.call("//Rich", "SubtensorModule.start_call", start)).toBe(
    "FirstEmissionBlockNumberAlreadySet",
  );
  expect(stake(chain, 2)).toBeUndefined();
  chain.advance(3);
  expect(chain.state.get(S.SubnetAlphaOutEmission, 2)).toBe(1_000_000_000n);
});

test("each subnet costs twice what the last did, and time brings that down again", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  const first = lockCost(chain);
  expect(create(chain, 1)).toBeUndefined();
  chain.advance();
  const second = lockCost(chain);
  expect(second).toBeGreaterThan((first * 19n) / 10n);
  chain.advance(100);
  expect(lockCost(chain)).toBeLessThan(second);
});

test("no more subnets than the limit", async () => {
  const chain = await testChain({ genesis: { ...oneSubnet(), hyperparameters: { subnet_limit: 1 } } });
  expect(create(chain)).toBe("SubnetLimitReached");
});

test("an owner has an epoch run after the freeze window, but not with commit-reveal", async () => {
  const chain = await testChain({ genesis: oneSubnet({ tempo: 100 }) });
  const trigger = () => chain.call("//Owner", "SubtensorModule.trigger_epoch", { netuid: 1 });
  chain.advance(5);
  const before = chain.state.get(S.SubnetEpochIndex, 1);
  expect(trigger()).toBeUndefined();
  expect(trigger()).toBe("EpochTriggerAlreadyPending");
  chain.advance(chain.state.get(S.AdminFreezeWindow) + 1);
  expect(chain.state.get(S.SubnetEpochIndex, 1)).toBe(before + 1n);
  chain.set("commit_reveal_weights_enabled", true);
  expect(trigger()).toBe("DynamicTempoBlockedByCommitReveal");
});
