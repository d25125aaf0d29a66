import { describe, expect, test } from "bun:test";
import { z } from "zod";
import type { Metagraph } from "../../protocol/metagraph.ts";
import type { Standing } from "../../protocol/standing.ts";
import { defineSubnet, programTask } from "../../protocol/subnet.ts";
import { prepareSubnet } from "../loaded-subnet.ts";
import type { Standings } from "../standings/standings.ts";
import { decideWeights } from "./decide.ts";

const HOTKEYS = [
  "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
  "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty",
];

const subnetThatWeighs = (weigh: (standings: readonly Standing[]) => ReadonlyMap<number, number>) =>
  prepareSubnet(
    defineSubnet({
      name: "s",
      version: 1,
      summary: "",
      params: z.object({}),
      kinds: {
        k: programTask({
          public: z.object({}),
          sealed: z.object({}),
          run: () => ({ cases: [] }),
          score: () => ({ outcome: "ok", accuracy: 1, reward: 1 }),
        }),
      },
      draw: () => [],
      rank: (previous) => previous,
      weigh: ({ standings }) => weigh(standings),
    }),
  );
const proportional = subnetThatWeighs(
  (standings) => new Map(standings.map(({ uid, reward }) => [uid, reward])),
);

const metagraph: Metagraph = {
  netuid: 1,
  block: 10,
  hash: "0x0",
  neurons: HOTKEYS.map((hotkey, uid) => ({
    uid,
    hotkey,
    coldkey: hotkey,
    stake: 0,
    validatorPermit: false,
    registeredAt: 0,
    lastUpdate: 0,
  })),
};

const standings = (rewards: number[], round: number | null = 4): Standings => ({
  round,
  open: null,
  miners: Object.fromEntries(
    rewards.map((reward, uid) => [
      uid,
      { uid, hotkey: HOTKEYS[uid] ?? "", rounds: 1, jobs: 1, accuracy: reward, reward, outcomes: {} },
    ]),
  ),
});

describe("deciding weights", () => {
  test("nothing is set before a round closed", () => {
    expect(decideWeights(proportional, standings([1, 1], null), metagraph)).toMatchObject({
      vector: null,
      reason: "no round has closed yet",
    });
  });

  test("nothing is set when nobody earned anything: never uniform, never empty", () => {
    const decision = decideWeights(proportional, standings([0, 0]), metagraph);
    expect(decision.vector).toBeNull();
    expect(decision).toMatchObject({ reason: expect.stringContaining("no miner earned any weight") });
  });

  test("a mechanism that throws sets nothing and says why", () => {
    const broken = subnetThatWeighs(() => {
      throw new Error("division by zero");
    });
    expect(decideWeights(broken, standings([1, 1]), metagraph)).toEqual({
      vector: null,
      reason: "division by zero",
    });
  });

  test("a mechanism that weighs a stranger sets nothing", () => {
    const generous = subnetThatWeighs(() => new Map([[99, 1]]));
    expect(decideWeights(generous, standings([1, 1]), metagraph)).toMatchObject({ vector: null });
  });

  test("a uid that changed hands is not paid for its predecessor's work", () => {
    const changed = {
      ...metagraph,
      neurons: metagraph.neurons.map((neuron) =>
        neuron.uid === 0 ? { ...neuron, hotkey: HOTKEYS[1] ?? "" } : neuron,
      ),
    };
    expect(decideWeights(proportional, standings([1, 0.5]), changed)).toEqual({
      vector: { uids: [1], values: [65_535] },
    });
  });

  test("shares follow standings", () => {
    expect(decideWeights(proportional, standings([0.5, 1]), metagraph)).toEqual({
      vector: { uids: [0, 1], values: [32_768, 65_535] },
    });
  });
});
