import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Metagraph } from "../../protocol/metagraph.ts";
import type { Outcome } from "../../protocol/outcome.ts";
import type { Standing } from "../../protocol/standing.ts";
import type { RoundScores } from "../../protocol/subnet.ts";
import type { LongContextParams } from "./params.ts";
import { rank } from "./rank.ts";
import { weigh } from "./weigh.ts";

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

describe("rank", () => {
  test("the first round seeds the average, later ones move it by alpha", () => {
    const first = rank(fresh(1), scores(1, ["ok", 1], ["wrong", 0]), alpha);
    expect(first).toMatchObject({ rounds: 1, jobs: 2, accuracy: 0.5, reward: 0.5 });
    const second = rank(first, scores(2, ["ok", 1]), alpha);
    expect(second.reward).toBeCloseTo(0.55, 12);
    expect(second.accuracy).toBeCloseTo(2 / 3, 12);
    expect(second).toMatchObject({ rounds: 2, jobs: 3, outcomes: { ok: 2, wrong: 1 } });
  });

  test("what is not the miner's doing is counted and costs nothing", () => {
    const before = rank(fresh(1), scores(1, ["ok", 1]), alpha);
    const after = rank(before, scores(2, ["infra", 0], ["validator", 0]), alpha);
    expect(after).toEqual({ ...before, outcomes: { ok: 1, infra: 1, validator: 1 } });
  });

  test("the order in which scores arrived decides nothing, to the last bit", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (list) => {
        const round = scores(1, ...list.map((accuracy) => ["ok", accuracy] as [Outcome, number]));
        const turned = { ...round, scores: [...round.scores].reverse() };
        expect(rank(fresh(1), turned, alpha)).toEqual(rank(fresh(1), round, alpha));
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
            (previous, list, at) => rank(previous, scores(at, ...list), { alpha }),
            fresh(1),
          );
          expect(standing.reward).toBeWithin(0, 1 + Number.EPSILON);
          expect(standing.accuracy).toBeWithin(0, 1 + Number.EPSILON);
        },
      ),
    );
  });
});

describe("weigh", () => {
  const metagraph = (uids: readonly number[]): Metagraph => ({
    netuid: 24,
    block: 1,
    hash: "0x0",
    neurons: uids.map((uid) => ({
      uid,
      hotkey: hotkey(uid),
      coldkey: hotkey(uid),
      stake: 0,
      validatorPermit: false,
      registeredAt: 0,
      lastUpdate: 0,
    })),
  });
  const weights = (standings: Standing[], split: LongContextParams["split"] = "proportional") =>
    Object.fromEntries(weigh({ standings, metagraph: metagraph([0, 1, 2, 3, 4, 5]), params: { split } }));
  const with_ = (...rewards: number[]) =>
    rewards.map((reward, uid) => fresh(uid, { reward, jobs: 1, rounds: 1 }));

  test("shares are proportional to the standing, and zero stays zero", () => {
    expect(weights(with_(0.6, 0.2, 0))).toEqual({ 0: 0.6 / 0.8, 1: 0.2 / 0.8 });
  });

  test("the winner takes all, and winners who tie share it", () => {
    expect(weights(with_(0.5, 0.9, 0.1), "winner-takes-all")).toEqual({ 1: 1 });
    expect(weights(with_(0.9, 0.9, 0.1), "winner-takes-all")).toEqual({ 0: 0.5, 1: 0.5 });
  });

  test("the best four split 60/25/10/5, also when there are fewer", () => {
    const five = weights(with_(0.1, 0.2, 0.3, 0.4, 0.5), "top4");
    expect(five).toEqual({ 1: 0.05, 2: 0.1, 3: 0.25, 4: 0.6 });
    const two = weights(with_(0.5, 0.4), "top4");
    expect(two[0]).toBeCloseTo(0.6 / 0.85, 12);
    expect(two[1]).toBeCloseTo(0.25 / 0.85, 12);
  });

  test("nobody earned anything: no weights at all", () => {
    expect(weights(with_(0, 0, 0))).toEqual({});
    expect(weights([])).toEqual({});
  });

  test("a miner without judged jobs, off the metagraph or with another hotkey gets none", () => {
    const standings = [
      fresh(0, { reward: 0.5, jobs: 1 }),
      fresh(1, { reward: 0.5, jobs: 0 }),
      fresh(9, { reward: 0.5, jobs: 1 }),
      fresh(2, { reward: 0.5, jobs: 1, hotkey: hotkey(7) }),
    ];
    expect(weights(standings)).toEqual({ 0: 1 });
  });

  const rewards = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });
  const splits = fc.constantFrom<LongContextParams["split"]>("proportional", "winner-takes-all", "top4");

  test("weights sum to one, or there are none", () => {
    fc.assert(
      fc.property(rewards, splits, (list, split) => {
        const shares = Object.values(weights(with_(...list), split));
        const sum = shares.reduce((total, share) => total + share, 0);
        if (list.some((reward) => reward > 0)) expect(sum).toBeCloseTo(1, 9);
        else expect(sum).toBe(0);
      }),
    );
  });

  test("the order in which standings come decides nothing, to the last bit", () => {
    fc.assert(
      fc.property(rewards, splits, fc.integer(), (list, split, seed) => {
        const standings = with_(...list);
        const shuffled = [...standings].sort((a, b) => ((a.uid * 7 + seed) % 5) - ((b.uid * 7 + seed) % 5));
        expect(weights(shuffled, split)).toEqual(weights(standings, split));
      }),
    );
  });

  test("a better standing never earns less", () => {
    fc.assert(
      fc.property(rewards, splits, (list, split) => {
        const shares = weights(with_(...list), split);
        for (const [a, better] of list.entries()) {
          for (const [b, worse] of list.entries()) {
            if (better > worse) expect(shares[a] ?? 0).toBeGreaterThanOrEqual(shares[b] ?? 0);
          }
        }
      }),
    );
  });
});
