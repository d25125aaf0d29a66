import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Sampling } from "../../../protocol/model.ts";
import { createSeededRng } from "../../../runtime/ports/seeded-rng.ts";
import { logprobOf, mostProbable, Sampler } from "./sampler.ts";

const sampler = (changes: Partial<Sampling>, seed = 1) =>
  new Sampler(Sampling.parse(changes), createSeededRng(seed));
const logits = (...values: number[]) => Float32Array.from(values);

/** Shares of the tokens over many draws. */
function shares(changes: Partial<Sampling>, values: number[], draws = 4_000): number[] {
  const by = sampler(changes);
  const counts = values.map(() => 0);
  for (let draw = 0; draw < draws; draw++) counts[by.pick(logits(...values))]!++;
  return counts.map((count) => count / draws);
}

describe("the next token is", () => {
  test("the first of the most probable ones at temperature 0", () => {
    expect(sampler({}).pick(logits(1, 5, 5, 2))).toBe(1);
  });

  test("drawn by its probability at temperature 1", () => {
    const [a = 0, b = 0, c = 0] = shares({ temperature: 1 }, [Math.log(0.6), Math.log(0.3), Math.log(0.1)]);
    expect(Math.abs(a - 0.6)).toBeLessThan(0.03);
    expect(Math.abs(b - 0.3)).toBeLessThan(0.03);
    expect(Math.abs(c - 0.1)).toBeLessThan(0.03);
  });

  test("never outside the nucleus, the best few, or the least share", () => {
    const values = [Math.log(0.6), Math.log(0.3), Math.log(0.1)];
    expect(shares({ temperature: 1, topP: 0.5 }, values)).toEqual([1, 0, 0]);
    expect(shares({ temperature: 1, topP: 0.7 }, values)[2]).toBe(0);
    expect(shares({ temperature: 1, topK: 1 }, values)).toEqual([1, 0, 0]);
    expect(shares({ temperature: 1, minP: 0.4 }, values)[2]).toBe(0);
    expect(shares({ temperature: 1, minP: 0.4 }, values)[1]).toBeGreaterThan(0.2);
  });

  test("the same for the same seed, and not for every seed", () => {
    const values = Array.from({ length: 50 }, (_, n) => Math.sin(n));
    const drawn = (seed: number) => {
      const by = sampler({ temperature: 1 }, seed);
      return Array.from({ length: 20 }, () => by.pick(logits(...values)));
    };
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
  });

  test("another one when the last was given often enough to be penalised", () => {
    const by = sampler({ frequencyPenalty: 1 });
    const given = Array.from({ length: 4 }, () => by.pick(logits(3, 2, -9)));
    expect(given).toEqual([0, 0, 1, 0]);
    expect(sampler({ presencePenalty: 2 }).pick(logits(3, 2))).toBe(0);
    const repeated = sampler({ repetitionPenalty: 2 });
    expect([repeated.pick(logits(3, 2)), repeated.pick(logits(3, 2))]).toEqual([0, 1]);
  });
});

describe("log probabilities", () => {
  test("are those of the softmax, best alternatives first", () => {
    const found = logprobOf(logits(Math.log(0.2), Math.log(0.5), Math.log(0.3)), 0, 2);
    expect(found.logprob).toBeCloseTo(Math.log(0.2), 6);
    expect(found.top.map(({ token }) => token)).toEqual([1, 2]);
    expect(found.top[0]?.logprob).toBeCloseTo(Math.log(0.5), 6);
  });

  test("stay within what a message can carry, whatever the logits", () => {
    const found = logprobOf(logits(0, Number.NEGATIVE_INFINITY, -3e38), 1, 3);
    expect(found.logprob).toBe(-9_999);
    expect(found.top).toHaveLength(3);
  });

  test("of all tokens together make one", () => {
    const values = fc.array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, (each) => {
        const all = logits(...each);
        const sum = each.reduce((total, _, token) => total + Math.exp(logprobOf(all, token, 0).logprob), 0);
        expect(sum).toBeCloseTo(1, 5);
        expect(logprobOf(all, 0, 1).top[0]?.token).toBe(mostProbable(all));
      }),
    );
  });
});
