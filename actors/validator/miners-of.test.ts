import { expect, test } from "bun:test";
import type { Neuron } from "../../protocol/metagraph.ts";
import { minersOf } from "./miners-of.ts";

const neuron = (uid: number, change: Partial<Neuron>): Neuron => ({
  ...{
    uid,
    hotkey: `hot${uid}`,
    coldkey: "cold",
    stake: 0,
    validatorPermit: false,
    registeredAt: 5,
    lastUpdate: 5,
  },
  ...change,
});
const asked = (neurons: Neuron[], self = 0) =>
  minersOf({ netuid: 1, block: 9, hash: "", neurons }, self).map(({ uid }) => uid);

test("a miner whose earnings brought it a permit is asked all the same", () => {
  const earned = { validatorPermit: true, incentive: 65_535 };
  expect(asked([neuron(0, earned), neuron(1, earned), neuron(2, { incentive: 0 })])).toEqual([1, 2]);
});

test("another validator is not asked: it has a permit and has set weights", () => {
  const other = { validatorPermit: true, incentive: 0, lastUpdate: 8 };
  expect(asked([neuron(0, {}), neuron(1, other), neuron(2, { incentive: 0, lastUpdate: 8 })])).toEqual([2]);
});

test("on a chain without consensus a permit is enough, for only validators have one", () => {
  expect(asked([neuron(0, {}), neuron(1, { validatorPermit: true }), neuron(2, {})])).toEqual([2]);
});
