/** Neurons: how they come, where they are found, and who gives way. */
import { expect, test } from "bun:test";
import { oneSubnet, type TestChain, testChain } from "../../test-chain.fixture.ts";
import { freeOf } from "../balances/ledger.ts";
import { increaseStake } from "./share-pool.ts";
import { S } from "./storage.ts";
import { hotkeysOf } from "./subnets.ts";

const VALIDATOR = "//Val/hot";
const MINER = "//Miner0/hot";
const register = (chain: TestChain, hotkey: string) =>
  chain.call("//Rich", "SubtensorModule.burned_register", { netuid: 1, hotkey });
const last = (chain: TestChain) =>
  chain.events.findLast(({ name }) => name === "SubtensorModule.NeuronRegistered")?.value;

test("a registration takes the burn, gives the next uid, and makes the next one dearer", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  const hotkey = chain.stranger(1);
  const rich = chain.account("//Rich");
  const before = { tao: freeOf(chain.state, rich), burn: chain.state.get(S.Burn, 1) };
  expect(register(chain, hotkey)).toBeUndefined();
  expect(last(chain)).toEqual([1, 4, hotkey]);
  expect(before.tao - freeOf(chain.state, rich)).toBe(before.burn);
  expect(chain.state.get(S.Owner, hotkey)).toBe(rich);
  const after = chain.state.get(S.Burn, 1);
  expect(after).toBeGreaterThan(before.burn);
  chain.advance(400);
  expect(chain.state.get(S.Burn, 1)).toBeLessThan(after);
});

test("what was recycled for registrations stops at the largest number, where root may have set it", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  const most = 2n ** 64n - 1n;
  chain.state.put(S.RAORecycledForRegistration, 1, most);
  expect(register(chain, chain.stranger(1))).toBeUndefined();
  expect(chain.state.get(S.RAORecycledForRegistration, 1)).toBe(most);
});

test("a full subnet gives the place of who earns least and is past immunity, with everything that was said of it", async () => {
  const genesis = oneSubnet({ maxUids: 4, hyperparameters: { immunity_period: 20, min_non_immune_uids: 0 } });
  const chain = await testChain({ genesis });
  chain.advance(30);
  const weights = { netuid: 1, dests: [1, 2], weights: [1, 1], version_key: 0n };
  expect(chain.call(VALIDATOR, "SubtensorModule.set_weights", weights)).toBeUndefined();
  chain.passEpoch();
  // The third miner earns nothing.
  const axon = { netuid: 1, version: 1, ip: 0x08080808n, port: 9, ip_type: 4, protocol: 4 };
  const served = { ...axon, placeholder1: 0, placeholder2: 0 };
  expect(chain.call("//Miner2/hot", "SubtensorModule.serve_axon", served)).toBeUndefined();
  const hotkey = chain.stranger(1);
  expect(register(chain, hotkey)).toBeUndefined();
  expect(last(chain)).toEqual([1, 3, hotkey]);
  expect(chain.state.get(S.Uids, 1, chain.account("//Miner2/hot"))).toBeUndefined();
  expect(chain.state.get(S.Axons, 1, chain.account("//Miner2/hot"))).toBeUndefined();
  expect(chain.state.get(S.BlockAtRegistration, 1, 3)).toBe(BigInt(chain.block));
  // The newcomer is immune; a second one takes another place.
  expect(register(chain, chain.stranger(2))).toBeUndefined();
  expect(chain.state.get(S.Uids, 1, hotkey)).toBe(3);
  expect(hotkeysOf(chain, 1)).toHaveLength(4);
});

test("the owner's own neuron never gives way", async () => {
  const own = { owner: "//Miner0", ownerHotkey: MINER, maxUids: 4 };
  const hyperparameters = { immunity_period: 1, min_non_immune_uids: 0 };
  const chain = await testChain({ genesis: oneSubnet({ ...own, hyperparameters }) });
  for (let arrival = 0; arrival < 12; arrival++) {
    chain.advance(2);
    register(chain, chain.stranger(arrival));
  }
  expect(chain.state.get(S.Uids, 1, chain.account(MINER))).toBe(1);
  expect(hotkeysOf(chain, 1)).toHaveLength(4);
});

test("root takes whoever comes while it has room, then who stakes more than its poorest", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  const join = (at: number) =>
    chain.call("//Rich", "SubtensorModule.root_register", { hotkey: chain.stranger(at) });
  for (let at = 0; at < 64; at++) expect(join(at)).toBeUndefined();
  chain.advance(200);
  expect(join(64)).toBe("StakeTooLowForRoot");
  increaseStake(chain.context, chain.stranger(64), chain.account("//Rich"), 0, 5_000_000n);
  expect(join(64)).toBeUndefined();
  expect(hotkeysOf(chain, 0)).toHaveLength(64);
  expect(chain.state.get(S.Uids, 0, chain.stranger(0))).toBeUndefined();
});

test("an axon with a certificate is kept with it, one without drops it", async () => {
  const chain = await testChain({ genesis: oneSubnet() });
  const axon = { netuid: 1, version: 3, ip: 0x01020304n, port: 8_091, ip_type: 4, protocol: 4 };
  const endpoint = { ...axon, placeholder1: 0, placeholder2: 0 };
  const certificate = Uint8Array.of(1, ...new Uint8Array(32).fill(9));
  const who = chain.account(MINER);
  expect(chain.call(MINER, "SubtensorModule.serve_axon_tls", { ...endpoint, certificate })).toBeUndefined();
  expect(chain.state.get(S.Axons, 1, who)).toMatchObject({ ip: 0x01020304n, port: 8_091, version: 3 });
  expect(chain.state.get(S.NeuronCertificates, 1, who)).toEqual({
    algorithm: 1,
    public_key: certificate.subarray(1),
  });
});

test("an axon at a loopback address is taken only where the devnet was told so", async () => {
  const axon = { netuid: 1, version: 3, ip: 0x7f000001n, port: 8_091, ip_type: 4, protocol: 4 };
  const endpoint = { ...axon, placeholder1: 0, placeholder2: 0 };
  const strict = await testChain({ genesis: oneSubnet() });
  expect(strict.call(MINER, "SubtensorModule.serve_axon", endpoint)).toBe("InvalidIpAddress");
  expect(strict.validity(MINER, "SubtensorModule.serve_axon", endpoint)).toBe(11);
  const open = await testChain({ genesis: { ...oneSubnet(), allowLoopback: true } });
  expect(open.call(MINER, "SubtensorModule.serve_axon", endpoint)).toBeUndefined();
});
