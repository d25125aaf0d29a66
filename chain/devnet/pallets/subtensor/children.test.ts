/** Stake that is lent to other hotkeys. */
import { expect, test } from "bun:test";
import { oneSubnet, testChain } from "../../test-chain.fixture.ts";
import { stakeWeightOf } from "./inherited-stake.ts";
import { hotkeyStake } from "./share-pool.ts";
import { S } from "./storage.ts";

const HALF = 2n ** 63n;
const PARENT = "//Val/hot";
const CHILD = "//Miner0/hot";

async function family() {
  const chain = await testChain({
    genesis: { ...oneSubnet(), hyperparameters: { pending_childkey_cooldown: 3, ck_burn: 0 } },
  });
  const children = [[HALF, chain.account(CHILD)]];
  const args = { hotkey: chain.account(PARENT), netuid: 1, children };
  expect(chain.call("//Val", "SubtensorModule.set_children", args)).toBeUndefined();
  return chain;
}

test("children wait for the cooldown and the epoch after it, then their stake weighs", async () => {
  const chain = await family();
  const weight = (name: string) => stakeWeightOf(chain, chain.account(name), 1).total;
  expect(chain.state.get(S.ChildKeys, chain.account(PARENT), 1)).toEqual([]);
  const whole = weight(PARENT);
  chain.passEpoch();
  chain.advance();
  expect(chain.state.get(S.ChildKeys, chain.account(PARENT), 1)).toEqual([[HALF, chain.account(CHILD)]]);
  expect(chain.state.get(S.ParentKeys, chain.account(CHILD), 1)).toEqual([[HALF, chain.account(PARENT)]]);
  expect(chain.state.entries(S.PendingChildKeys, 1)).toEqual([]);
  expect(Number(weight(CHILD)) / Number(whole)).toBeCloseTo(0.5, 1);
  expect(Number(weight(PARENT)) / Number(whole)).toBeCloseTo(0.5, 1);
});

test("a child that validates earns for its parent, less its take", async () => {
  const chain = await family();
  chain.passEpoch();
  chain.advance();
  chain.passEpoch();
  expect(chain.state.get(S.ValidatorPermit, 1)[1]).toBe(true);
  const weights = { netuid: 1, dests: [2], weights: [1], version_key: 0n };
  expect(chain.call(CHILD, "SubtensorModule.set_weights", weights)).toBeUndefined();
  chain.passEpoch();
  const stakes = () => ({
    parent: hotkeyStake(chain, chain.account(PARENT), 1),
    child: hotkeyStake(chain, chain.account(CHILD), 1),
  });
  const before = stakes();
  chain.passEpoch();
  const after = stakes();
  // Only the child weighs: all 4.1 of the validators' come through it.
  expect(Number(after.parent - before.parent) / 1e9).toBeCloseTo(4.1, 1);
  expect(after.child).toBe(before.child);
});

test("children that are taken back no longer have their parent", async () => {
  const chain = await family();
  chain.passEpoch();
  chain.advance(200);
  const args = { hotkey: chain.account(PARENT), netuid: 1, children: [] };
  expect(chain.call("//Val", "SubtensorModule.set_children", args)).toBeUndefined();
  chain.passEpoch();
  chain.advance(2);
  expect(chain.state.get(S.ChildKeys, chain.account(PARENT), 1)).toEqual([]);
  expect(chain.state.get(S.ParentKeys, chain.account(CHILD), 1)).toEqual([]);
});
