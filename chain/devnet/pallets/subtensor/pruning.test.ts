import { expect, test } from "bun:test";
import { neuronToPrune, type Prunable } from "./pruning.ts";

const neuron = (uid: number, own: Partial<Prunable> = {}): Prunable => ({
  uid,
  emission: 100n,
  registeredAt: 10,
  immune: false,
  immortal: false,
  ...own,
});

test("least emission goes first, then the earliest registered, then the lowest uid", () => {
  expect(neuronToPrune([neuron(0), neuron(1, { emission: 1n }), neuron(2)], 0)).toBe(1);
  expect(neuronToPrune([neuron(0), neuron(1, { registeredAt: 9 })], 0)).toBe(1);
  expect(neuronToPrune([neuron(3), neuron(2)], 0)).toBe(2);
});

test("the owner's neuron never goes", () => {
  expect(neuronToPrune([neuron(0, { immortal: true, emission: 0n }), neuron(1)], 0)).toBe(1);
  expect(neuronToPrune([neuron(0, { immortal: true })], 0)).toBeUndefined();
});

test("an immune neuron goes only while too few are past immunity", () => {
  const free = [neuron(0), neuron(1)];
  const immune = neuron(2, { immune: true, emission: 0n });
  expect(neuronToPrune([...free, immune], 1)).toBe(0);
  expect(neuronToPrune([...free, immune], 2)).toBe(2);
  // As on chain: too few are free and none is immune, so nobody goes.
  expect(neuronToPrune(free, 2)).toBeUndefined();
});
