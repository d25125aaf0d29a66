import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import type { LedgerEvent } from "../../ledger/ledger.ts";
import type { RecordBody, RecordType } from "../../protocol/records.ts";
import { defineSubnet, programTask } from "../../protocol/subnet.ts";
import { prepareSubnet } from "../loaded-subnet.ts";
import { ranked, type Standings, standingsProjection } from "./standings.ts";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

/** Ranks by the mean of all rewards in order of arrival, which floating point would betray. */
const subnet = prepareSubnet(
  defineSubnet({
    name: "s",
    version: 3,
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
    rank: (previous, { scores }) => ({
      ...previous,
      rounds: previous.rounds + 1,
      jobs: previous.jobs + scores.length,
      reward: scores.reduce((sum, { reward }) => sum * 0.7 + reward * 0.3, previous.reward),
    }),
    weigh: () => new Map(),
  }),
);
const projection = standingsProjection(subnet);

const event = <T extends RecordType>(type: T, body: RecordBody<T>): LedgerEvent =>
  ({ seq: 0, at: 0, prev: "", hash: "", subnet: "s", type, key: "", body }) as unknown as LedgerEvent;

const opened = (round: number, miners: { uid: number; hotkey: string }[]) =>
  event("round.opened", {
    round,
    block: 0,
    seed: "0x0",
    mechanism: { name: "s", version: 3 },
    tasks: [],
    miners,
  });
const closed = (round: number) => event("round.closed", { round, judged: 0, unjudged: 0, at: 0 });
const concluded = (round: number, uid: number, task: string, reward: number | null) => {
  const key = { subnet: "s", round, task, submission: `u${uid}-x`, attempt: 1 };
  const score =
    reward === null ? null : { key, uid, kind: "k", outcome: "ok" as const, accuracy: reward, reward };
  return event("job.concluded", {
    key,
    uid,
    kind: "k",
    outcome: reward === null ? "infra" : "ok",
    score,
    evidence: null,
  });
};

const fold = (events: LedgerEvent[]): Standings =>
  events.reduce((state, next) => projection.fold(state, next), structuredClone(projection.initial));

const miners = [
  { uid: 1, hotkey: ALICE },
  { uid: 2, hotkey: BOB },
];

describe("standings", () => {
  test("do not depend on the order in which scores arrived", () => {
    const scores = Array.from({ length: 12 }, (_, i) => concluded(1, 1 + (i % 2), `t${i}`, (i * 0.137) % 1));
    const expected = fold([opened(1, miners), ...scores, closed(1)]);
    fc.assert(
      fc.property(fc.shuffledSubarray(scores, { minLength: scores.length }), (shuffled) => {
        expect(fold([opened(1, miners), ...shuffled, closed(1)])).toEqual(expected);
      }),
    );
  });

  test("count nothing of a round before it closed", () => {
    const state = fold([opened(1, miners), concluded(1, 1, "t", 1)]);
    expect(state.miners).toEqual({});
    expect(state.open?.miners["1"]?.scores).toHaveLength(1);
  });

  test("leave a miner as it was when all its jobs failed for others' reasons", () => {
    const before = fold([opened(1, miners), concluded(1, 1, "t", 0.8), closed(1)]);
    const after = fold([
      opened(1, miners),
      concluded(1, 1, "t", 0.8),
      closed(1),
      opened(2, miners),
      concluded(2, 1, "t", null),
      closed(2),
    ]);
    expect(after.miners["1"]).toEqual(before.miners["1"]);
  });

  test("rank an absent miner with an empty round", () => {
    const absent = event("miner.absent", { round: 2, kind: "k", uid: 1, hotkey: ALICE, reason: "silent" });
    const state = fold([
      opened(1, miners),
      concluded(1, 1, "t", 1),
      closed(1),
      opened(2, miners),
      absent,
      closed(2),
    ]);
    expect(state.miners["1"]).toMatchObject({ rounds: 2, jobs: 1 });
  });

  test("start a newcomer from nothing when a uid changes hands", () => {
    const state = fold([
      opened(1, miners),
      concluded(1, 1, "t", 1),
      closed(1),
      opened(2, [{ uid: 1, hotkey: BOB }]),
      concluded(2, 1, "t", 0.5),
      closed(2),
    ]);
    expect(state.miners["1"]).toMatchObject({ hotkey: BOB, rounds: 1, reward: 0.15 });
  });

  test("ignore scores of another round, another subnet, an unlisted miner", () => {
    const foreign = { ...concluded(1, 1, "t", 1), subnet: "other" };
    const state = fold([
      opened(1, miners),
      foreign,
      concluded(7, 1, "t", 1),
      concluded(1, 9, "t", 1),
      closed(1),
    ]);
    expect(state.miners).toEqual({});
  });

  test("are shown best first, then by uid", () => {
    const state = fold([opened(1, miners), concluded(1, 1, "t", 0.2), concluded(1, 2, "t", 0.9), closed(1)]);
    expect(ranked(state).map(({ uid }) => uid)).toEqual([2, 1]);
  });

  test("are folded anew when the mechanism's version changes", () => {
    expect(projection.version).toBe(3);
  });
});
