import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Failure } from "../protocol/failure.ts";
import { MAX_WEIGHT, toWeightVector } from "./weights.ts";

describe("shares to a weight vector", () => {
  test("an empty or all-zero state is refused, not published as uniform", () => {
    for (const shares of [new Map(), new Map([[1, 0]])]) {
      expect(() => toWeightVector(shares)).toThrow("no miner earned any weight");
    }
  });

  test("a negative or non-finite share is refused", () => {
    for (const share of [-0.1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => toWeightVector(new Map([[3, share]]))).toThrow(Failure);
    }
  });

  test("the largest becomes 65535 and zeros are dropped", () => {
    expect(
      toWeightVector(
        new Map([
          [5, 0.5],
          [2, 1],
          [9, 0],
        ]),
      ),
    ).toEqual({ uids: [2, 5], values: [65_535, 32_768] });
  });

  test("halves round to even, as the Python clients do", () => {
    expect(
      toWeightVector(
        new Map([
          [0, 131_070],
          [1, 1],
          [2, 3],
        ]),
      ).values,
    ).toEqual([65_535, 2]);
  });

  test("scale does not matter, order does not matter, uids ascend", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.nat(4_000), fc.integer({ min: 0, max: 1_000 })), {
          selector: ([uid]) => uid,
          minLength: 1,
        }),
        (entries) => {
          fc.pre(entries.some(([, share]) => share > 0));
          const vector = toWeightVector(new Map(entries));
          const scaled = toWeightVector(
            new Map(entries.toReversed().map(([uid, share]) => [uid, share * 4])),
          );
          expect(scaled).toEqual(vector);
          expect(vector.uids).toEqual([...vector.uids].sort((a, b) => a - b));
          expect(Math.max(...vector.values)).toBe(MAX_WEIGHT);
        },
      ),
    );
  });
});
