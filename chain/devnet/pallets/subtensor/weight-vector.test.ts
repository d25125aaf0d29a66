import { expect, test } from "bun:test";
import fc from "fast-check";
import { isSelfWeight, maxUpscale, withinLimit } from "./weight-vector.ts";

const u16 = fc.integer({ min: 0, max: 65_535 });

test("upscaling makes the largest value 65,535 and rounds halves away from zero", () => {
  expect(maxUpscale([1, 2])).toEqual([32_768, 65_535]);
  expect(maxUpscale([21_845, 65_535])).toEqual([21_845, 65_535]);
  expect(maxUpscale([0, 0])).toEqual([0, 0]);
  expect(maxUpscale([])).toEqual([]);
  // Above half the range the chain divides first: 65535/40000 has no exact form, and the largest still ends whole.
  expect(maxUpscale([40_000, 10_000])).toEqual([65_535, 16_384]);
});

test("upscaling keeps order and zeros, and does nothing the second time", () => {
  fc.assert(
    fc.property(fc.array(u16, { maxLength: 20 }), (values) => {
      const scaled = maxUpscale(values);
      for (const [at, value] of values.entries()) {
        if (value === 0) expect(scaled[at]).toBe(0);
        for (const [other, than] of values.entries())
          if (value <= than) expect(scaled[at]!).toBeLessThanOrEqual(scaled[other]!);
      }
      expect(maxUpscale(scaled)).toEqual(scaled);
    }),
  );
});

test("a limit is a share of the sum", () => {
  expect(withinLimit([1, 1], 32_768)).toBe(true);
  expect(withinLimit([2, 1], 32_768)).toBe(false);
  expect(withinLimit([], 0)).toBe(true);
  expect(withinLimit([0, 0], 0)).toBe(true);
});

test("one weight on oneself is a self-weight, whatever its value", () => {
  expect(isSelfWeight(3, [3], [0])).toBe(true);
  expect(isSelfWeight(3, [4], [1])).toBe(false);
  expect(isSelfWeight(3, [3, 4], [1, 1])).toBe(false);
});
