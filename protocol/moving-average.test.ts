import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { movingAverage } from "./moving-average.ts";
import type { Outcome } from "./outcome.ts";
import type { Standing } from "./standing.ts";
import type { RoundScores } from "./subnet.ts";

const hotkey = (uid: number) => `5${"ABCDEFGHJK"[uid % 10]}`.padEnd(48, "x");
const fresh = (uid: number, change: Partial<Standing> = {}): Standing => ({
  uid,
  hotkey: hotkey(uid),
  rounds: 0,
  jobs: 0,
  accuracy: 0,
  reward: 0,
  outcomes: {},
  ...change,
});
const scores = (round: number, ...list: [Outcome, number, number?][]): RoundScores => ({
  round,
  scores: list.map(([outcome, accuracy, reward = accuracy], at) => ({
    task: `t${at}`,
    kind: "code",
    outcome,
    accuracy,
    reward,
  })),
});
const alpha = { alpha: 0.1 };

describe("moving average", () => {
  test("the first round seeds the average, later ones move it by alpha", () => {
    const first = movingAverage(fresh(1), scores(1, ["ok", 1], ["wrong", 0]), alpha);
    expect(first).toMatchObject({ rounds: 1, jobs: 2, accuracy: 0.5, reward: 0.5 });
    const second = movingAverage(first, scores(2, ["ok", 1]), alpha);
    expect(second.reward).toBeCloseTo(0.55, 12);
    expect(second.accuracy).toBeCloseTo(2 / 3, 12);
    expect(second).toMatchObject({ rounds: 2, jobs: 3, outcomes: { ok: 2, wrong: 1 } });
  });

  test("what is not the miner's doing is counted and costs nothing", () => {
    const before = movingAverage(fresh(1), scores(1, ["ok", 1]), alpha);
    const after = movingAverage(before, scores(2, ["infra", 0], ["validator", 0]), alpha);
    expect(after).toEqual({ ...before, outcomes: { ok: 1, infra: 1, validator: 1 } });
  });

  test("the order in which scores arrived decides nothing, to the last bit", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (list) => {
        const round = scores(1, ...list.map((accuracy) => ["ok", accuracy] as [Outcome, number]));
        const turned = { ...round, scores: [...round.scores].reverse() };
        expect(movingAverage(fresh(1), turned, alpha)).toEqual(movingAverage(fresh(1), round, alpha));
      }),
    );
  });

  test("stays between 0 and 1 for any history", () => {
    const score = fc.tuple(
      fc.constantFrom<Outcome>("ok", "wrong", "timeout", "infra"),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(score, { maxLength: 8 }), { maxLength: 20 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (rounds, alpha) => {
          const standing = rounds.reduce(
            (previous, list, at) => movingAverage(previous, scores(at, ...list), { alpha }),
            fresh(1),
          );
          expect(standing.reward).toBeWithin(0, 1 + Number.EPSILON);
          expect(standing.accuracy).toBeWithin(0, 1 + Number.EPSILON);
        },
      ),
    );
  });
});
