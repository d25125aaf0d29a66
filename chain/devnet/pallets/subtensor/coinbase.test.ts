/** What a block mints, and what an epoch pays to whom. */
import { expect, test } from "bun:test";
import { oneSubnet, type TestChain, testChain } from "../../test-chain.fixture.ts";
import { hotkeyStake, stakeOf } from "./share-pool.ts";
import { S } from "./storage.ts";
import { hotkeysOf } from "./subnets.ts";

const VALIDATOR = "//Val/hot";
const MINER = "//Miner0/hot";

/** The validator has a take, weighs one miner, and the first epoch with those weights is over. */
async function running(own: Record<string, unknown> = {}): Promise<TestChain> {
  const chain = await testChain({ genesis: oneSubnet(own) });
  const weights = { netuid: 1, dests: [1], weights: [1], version_key: 0n };
  chain.advance(6);
  expect(chain.call(VALIDATOR, "SubtensorModule.set_weights", weights)).toBeUndefined();
  chain.passEpoch();
  return chain;
}

const stakes = (chain: TestChain) => ({
  miner: hotkeyStake(chain, chain.account(MINER), 1),
  validator: hotkeyStake(chain, chain.account(VALIDATOR), 1),
  owner: hotkeyStake(chain, chain.account("//Owner"), 1),
});

test("an epoch pays 41% to miners, 41% to validators and 18% to the owner of what was emitted since the last", async () => {
  const chain = await running();
  const before = stakes(chain);
  const blocksBefore = chain.block;
  chain.passEpoch();
  const after = stakes(chain);
  const emitted = BigInt(chain.block - blocksBefore) * 1_000_000_000n;
  const part = (rao: bigint) => Number((rao * 10_000n) / emitted) / 100;
  expect(emitted).toBe(10_000_000_000n);
  expect(part(after.miner - before.miner)).toBeCloseTo(41, 1);
  expect(part(after.validator - before.validator)).toBeCloseTo(41, 1);
  expect(part(after.owner - before.owner)).toBeCloseTo(18, 1);
});

test("without any weights the miners' part goes to validators", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  chain.passEpoch();
  const before = stakes(chain);
  chain.passEpoch();
  const after = stakes(chain);
  expect(after.miner - before.miner).toBe(0n);
  expect(Number(after.validator - before.validator) / 1e9).toBeCloseTo(8.2, 2);
});

test("what the owner's own miners earn is burned, and who stakes gets the dividends by share, less the take", async () => {
  const chain = await running({ ownerHotkey: MINER, owner: "//Miner0" });
  const buyer = { hotkey: chain.account(VALIDATOR), netuid: 1, amount_staked: 500_000_000_000n };
  expect(chain.call("//Rich", "SubtensorModule.add_stake", buyer)).toBeUndefined();
  chain.passEpoch();
  const of = (coldkey: string) => stakeOf(chain.context, chain.account(VALIDATOR), chain.account(coldkey), 1);
  const before = { owner: hotkeyStake(chain, chain.account(MINER), 1), rich: of("//Rich"), val: of("//Val") };
  chain.passEpoch();
  expect(Number(hotkeyStake(chain, chain.account(MINER), 1) - before.owner) / 1e9).toBeCloseTo(1.8, 2);
  expect(chain.state.get(S.MinerBurned, 1).bits).toBe(2n ** 32n);
  const dividends = 4.1;
  const rich = Number(of("//Rich") - before.rich) / 1e9;
  const share = Number(before.rich) / Number(before.rich + before.val);
  expect(rich).toBeCloseTo(dividends * 0.82 * share, 2);
  expect(Number(of("//Val") - before.val) / 1e9).toBeCloseTo(dividends - rich, 2);
});

test("alpha is conserved: what went out is staked, waits for the epoch, or was bought by the chain", async () => {
  const chain = await running();
  for (let epochs = 0; epochs < 5; epochs++) chain.passEpoch();
  const hotkeys = [...new Set([...hotkeysOf(chain, 1), chain.account("//Owner")])];
  const staked = hotkeys.reduce((sum, hotkey) => sum + hotkeyStake(chain, hotkey, 1), 0n);
  const { state } = chain;
  const waiting =
    state.get(S.PendingServerEmission, 1) +
    state.get(S.PendingValidatorEmission, 1) +
    state.get(S.PendingOwnerCut, 1) +
    state.get(S.PendingRootAlphaDivs, 1);
  const out = state.get(S.SubnetAlphaOut, 1);
  // Rounded down at every payment.
  const lost = out - staked - waiting - state.get(S.SubnetProtocolAlpha, 1);
  expect(lost).toBeGreaterThanOrEqual(0n);
  expect(lost).toBeLessThan(10_000n);
});

test("a subnet that has not started neither mints nor pays", async () => {
  const chain = await testChain({ genesis: oneSubnet({ started: false }) });
  const before = stakes(chain);
  chain.advance(25);
  expect(stakes(chain)).toEqual(before);
  expect(chain.state.get(S.SubnetAlphaOutEmission, 1)).toBe(0n);
});

test("a validator that stakes after the genesis has a permit within 60 blocks, and loses it to more stake", async () => {
  const chain = await testChain({
    genesis: oneSubnet({ poolTao: 1_000_000, hyperparameters: { max_validators: 1 } }),
  });
  const stake = { hotkey: chain.account(MINER), netuid: 1, amount_staked: 900_000_000_000_000n };
  expect(chain.state.get(S.ValidatorPermit, 1)).toEqual([true, false, false, false]);
  expect(chain.call("//Rich", "SubtensorModule.add_stake", stake)).toBeUndefined();
  chain.advance(60);
  expect(chain.state.get(S.ValidatorPermit, 1)).toEqual([false, true, false, false]);
  expect(chain.state.get(S.Bonds, 1, 0)).toEqual([]);
});

test("no more epochs run in a block than allowed, and the others follow in the next", async () => {
  const { accounts, subnets } = oneSubnet();
  const [first] = subnets;
  const all = [1, 2, 3].map((netuid) => ({ ...first!, netuid }));
  const chain = await testChain({
    genesis: { accounts, subnets: all, hyperparameters: { max_epochs_per_block: 1 } },
  });
  // All three are due in the same block by hand.
  for (const { netuid } of all) chain.state.put(S.PendingEpochAt, netuid, BigInt(chain.block + 1));
  const ran = () => all.map(({ netuid }) => Number(chain.state.get(S.SubnetEpochIndex, netuid)));
  const before = ran();
  const since = () => ran().map((index, at) => index - before[at]!);
  chain.advance();
  expect(since()).toEqual([1, 0, 0]);
  expect(chain.events.filter(({ name }) => name === "SubtensorModule.EpochDeferred")).toHaveLength(2);
  chain.advance();
  expect(since()).toEqual([1, 1, 0]);
  chain.advance();
  expect(since()).toEqual([1, 1, 1]);
});
