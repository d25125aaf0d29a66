import { expect, test } from "bun:test";
import { Failure } from "../protocol/failure.ts";
import type { Metagraph, Neuron } from "../protocol/metagraph.ts";
import { manualClock } from "../test/support/manual-clock.ts";
import { rejection } from "../test/support/rejection.ts";
import { followMetagraph } from "./follow-metagraph.ts";
import { metagraphChanges } from "./metagraph-changes.ts";

const neuron = (uid: number, change: Partial<Neuron> = {}): Neuron => ({
  ...{
    uid,
    hotkey: `hot${uid}`,
    coldkey: "cold",
    stake: 1,
    validatorPermit: false,
    registeredAt: 5,
    lastUpdate: 5,
  },
  ...change,
});
const graph = (block: number, neurons: Neuron[]): Metagraph => ({
  netuid: 1,
  block,
  hash: `${block}`,
  neurons,
});

test("tells who came, who took whose uid, who left, who may validate, and who set weights", () => {
  const before = graph(10, [neuron(0), neuron(1), neuron(2), neuron(3)]);
  const after = graph(20, [
    neuron(0, { validatorPermit: true, lastUpdate: 18 }),
    neuron(1, { hotkey: "new", registeredAt: 15, lastUpdate: 15 }),
    neuron(3),
    neuron(4, { registeredAt: 19, lastUpdate: 19 }),
  ]);
  expect(metagraphChanges(before, after)).toEqual([
    { kind: "permit", uid: 0, hotkey: "hot0", permit: true },
    { kind: "weights", uid: 0, hotkey: "hot0", block: 18 },
    { kind: "replaced", uid: 1, hotkey: "new", before: "hot1" },
    { kind: "registered", uid: 4, hotkey: "hot4" },
    { kind: "removed", uid: 2, hotkey: "hot2" },
  ]);
  expect(metagraphChanges(after, after)).toEqual([]);
});

test("a newcomer's permit is its own, not its predecessor's", () => {
  const before = graph(1, [neuron(0, { validatorPermit: true })]);
  const after = graph(2, [neuron(0, { hotkey: "new", validatorPermit: true })]);
  expect(metagraphChanges(before, after).map(({ kind }) => kind)).toEqual(["replaced", "permit"]);
});

test("is followed block by block, and a chain that is away is waited for", async () => {
  const clock = manualClock();
  const stop = new AbortController();
  const answers = [
    () => graph(1, [neuron(0)]),
    () => graph(1, [neuron(0)]),
    () => {
      throw new Failure("unavailable", "away");
    },
    () => graph(2, [neuron(0), neuron(1)]),
  ];
  const away: string[] = [];
  const steps: [number, string[]][] = [];
  const chain = {
    params: async () => ({ tempo: 1, weightsRateLimit: 1, blockTimeMs: 1_000 }),
    metagraph: async () => (answers.shift() ?? (() => graph(2, [neuron(0), neuron(1)])))(),
  };
  const following = (async () => {
    const feed = followMetagraph({
      ...{ chain, netuid: 1, clock, signal: stop.signal },
      away: ({ message }) => void away.push(message),
    });
    for await (const { metagraph, changes } of feed) {
      steps.push([metagraph.block, changes.map(({ kind }) => kind)]);
    }
  })();
  await clock.advance(5_000);
  stop.abort();
  await clock.advance(1_000);
  await following;
  expect(steps).toEqual([
    [1, []],
    [2, ["registered"]],
  ]);
  expect(away).toEqual(["away"]);
});

test("ends with a failure that will not pass", async () => {
  const chain = {
    params: async () => ({ tempo: 1, weightsRateLimit: 1, blockTimeMs: 1_000 }),
    metagraph: () => Promise.reject(new Failure("not-found", "no such subnet")),
  };
  const feed = followMetagraph({
    chain,
    netuid: 9,
    clock: manualClock(),
    signal: new AbortController().signal,
  });
  expect((await rejection(feed.next())).code).toBe("not-found");
});
