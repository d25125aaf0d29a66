import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Json } from "../../protocol/ids.ts";
import { clip } from "./clip.ts";

const LIMITS = { text: 10, items: 3, total: 100, depth: 4 };

test("leaves alone what fits, and says so", () => {
  const value: Json = { text: "short", list: [1, null, true] };
  expect(clip(value, LIMITS)).toEqual({ value, clipped: false });
});

test("shortens texts and says by how much, lists and objects by leaving out the end", () => {
  const { value, clipped } = clip({ text: "x".repeat(25), list: [1, 2, 3, 4], a: 1, b: 2 }, LIMITS);
  expect(clipped).toBe(true);
  expect(value).toEqual({ text: `${"x".repeat(10)}… [15 more characters]`, list: [1, 2, 3], a: 1 });
});

test("never leaves half a character at a cut", () => {
  const { value } = clip(`${"x".repeat(9)}😀😀`, LIMITS);
  expect((value as string).isWellFormed()).toBe(true);
});

test("any JSON becomes small, and keeps its kind", () => {
  const kind = (value: unknown) => (Array.isArray(value) ? "list" : value === null ? "null" : typeof value);
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      const clipped = clip(value as Json, LIMITS);
      expect(kind(clipped.value)).toBe(kind(value));
      // Shape is bounded by items and depth, text by the total and one mark for each text.
      expect(JSON.stringify(clipped.value).length).toBeLessThan(3 ** 5 * 200);
    }),
  );
});
