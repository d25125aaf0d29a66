import { expect, test } from "bun:test";
import fc from "fast-check";
import { ONE } from "./fixed-point.ts";
import { weightedMedian } from "./median.ts";
import chain from "./vectors/chain-math.json" with { type: "json" };

/** The chain's tests read decimals as f32. */
const raw = (value: number): number => Math.fround(value) * ONE;
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

test.each(chain.medians)("$stake says $score: $median", ({ stake, score, median }) => {
  const power = stake.map(raw);
  const minority = ONE - raw(0.51);
  expect(weightedMedian(Float64Array.from(power), Float64Array.from(score, raw), minority, sum(power))).toBe(
    raw(median),
  );
});

test("nobody says nothing", () => {
  expect(weightedMedian(new Float64Array(), new Float64Array(), ONE / 2, 0)).toBe(0);
});

test("it is a score that someone gave, with no more than the minority's stake below it", () => {
  const votes = fc.array(fc.tuple(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 0, max: 8 })), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(votes, fc.integer({ min: 0, max: 1_000 }), (given, share) => {
      const total = sum(given.map(([stake]) => stake));
      const minority = Math.floor((total * share) / 1_001);
      const median = weightedMedian(
        Float64Array.from(given, ([stake]) => stake),
        Float64Array.from(given, ([, score]) => score),
        minority,
        total,
      );
      const below = sum(given.filter(([, score]) => score < median).map(([stake]) => stake));
      const upTo = sum(given.filter(([, score]) => score <= median).map(([stake]) => stake));
      expect(given.map(([, score]) => score)).toContain(median);
      expect(below).toBeLessThanOrEqual(minority);
      expect(upTo).toBeGreaterThan(minority);
    }),
  );
});
