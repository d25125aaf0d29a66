import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Json } from "../../../protocol/ids.ts";
import { matches } from "./compare.ts";

describe("values of another type never match", () => {
  const values: Json[] = [1, 0, true, false, "1", "", null, [], {}, [1], { a: 1 }, "true", [null]];
  test("each matches itself only", () => {
    for (const [i, a] of values.entries()) {
      for (const [j, b] of values.entries())
        expect(matches(a, b), `${JSON.stringify(a)} ${JSON.stringify(b)}`).toBe(i === j);
    }
  });
});

test("the order of keys does not matter, the order of items does", () => {
  expect(matches({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBeTrue();
  expect(matches([2, 1], [1, 2])).toBeFalse();
});

test("missing, extra and inherited keys do not match", () => {
  expect(matches({ a: 1 }, { a: 1, b: null })).toBeFalse();
  expect(matches({ a: 1, b: null }, { a: 1 })).toBeFalse();
  expect(matches({ b: 1 }, { toString: null })).toBeFalse();
  expect(matches(undefined, null)).toBeFalse();
});

test("numbers may differ by rounding and by nothing more", () => {
  expect(matches(0.1 + 0.2, 0.3)).toBeTrue();
  expect(matches(0.3001, 0.3)).toBeFalse();
  expect(matches(1_000_001, 1_000_000)).toBeFalse();
  expect(matches(Number.NaN, 1)).toBeFalse();
  expect(matches(0.3001, 0.3, 0.01)).toBeTrue();
});

test("every JSON value matches its copy, and never the same value inside a list", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.parse(JSON.stringify(value)) as Json;
      expect(matches(structuredClone(json), json)).toBeTrue();
      expect(matches([json], json)).toBeFalse();
    }),
  );
});
