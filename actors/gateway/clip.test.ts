import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Json } from "../../protocol/ids.ts";
import { createClipper } from "./clip.ts";

const LIMITS = { text: 10, items: 3, total: 100, depth: 4 };
const clip = (value: Json) => {
  const clipper = createClipper(LIMITS);
  return { value: clipper.clip(value), clipped: clipper.clipped };
};

test("leaves alone what fits, and says so", () => {
  const value: Json = { text: "short", list: [1, null, true] };
  expect(clip(value)).toEqual({ value, clipped: false });
});

test("shortens texts and says by how much, lists and objects by leaving out the end", () => {
  const { value, clipped } = clip({ text: "x".repeat(25), list: [1, 2, 3, 4], a: 1, b: 2 });
  expect(clipped).toBe(true);
  expect(value).toEqual({ text: `${"x".repeat(10)}… [15 more characters]`, list: [1, 2, 3], a: 1 });
});

test("never leaves half a character at a cut", () => {
  const { value } = clip(`${"x".repeat(9)}😀😀`);
  expect((value as string).isWellFormed()).toBe(true);
});

test("what one clipper is given shares its total: after that, texts and lists are empty", () => {
  const clipper = createClipper(LIMITS);
  for (let i = 0; i < 10; i++) clipper.clip("y".repeat(10));
  expect(clipper.clipped).toBe(false);
  expect(clipper.clip<string>("z")).toBe("… [1 more characters]");
  expect(clipper.clip<Json>([1])).toEqual([]);
});

test("any JSON becomes small, and keeps its kind", () => {
  const kind = (value: unknown) => (Array.isArray(value) ? "list" : value === null ? "null" : typeof value);
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      const clipped = clip(value as Json);
      expect(kind(clipped.value)).toBe(kind(value));
      // Shape is bounded by items and depth, text by the total and one mark for each text.
      expect(JSON.stringify(clipped.value).length).toBeLessThan(3 ** 5 * 200);
    }),
  );
});
