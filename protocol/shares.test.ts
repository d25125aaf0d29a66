import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Metagraph } from "./metagraph.ts";
import { type Split, sharesOf } from "./shares.ts";
import type { Standing } from "./standing.ts";

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
describe("shares", () => {
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
  const weights = (standings: Standing[], split: Split = "proportional") =>
    Object.fromEntries(sharesOf({ standings, metagraph: metagraph([0, 1, 2, 3, 4, 5]), split }));
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
  const splits = fc.constantFrom<Split>("proportional", "winner-takes-all", "top4");

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
