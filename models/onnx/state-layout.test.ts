import { expect, test } from "bun:test";
import type { State } from "./decoder-shape.ts";
import { copyTokens, stateSize } from "./state-layout.ts";

const heads: State = { past: "k", present: "k", kind: "shared", type: "uint8", dims: [1, 2, 0, 3], axis: 2 };

test("the first tokens of every head go from a long buffer to a short one and back", () => {
  const long = Uint8Array.from({ length: stateSize(heads, 4) }, (_, n) => n);
  const short = new Uint8Array(stateSize(heads, 2));
  copyTokens(heads, { data: long, length: 4 }, { data: short, length: 2 }, 2);
  expect([...short]).toEqual([0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16, 17]);
  const back = new Uint8Array(stateSize(heads, 4)).fill(99);
  copyTokens(heads, { data: short, length: 2 }, { data: back, length: 4 }, 2);
  const kept = (at: number) => [...back.subarray(at, at + 6)];
  expect([kept(0), kept(12)]).toEqual([[...long.subarray(0, 6)], [...long.subarray(12, 18)]]);
  expect([...back.subarray(6, 12)]).toEqual(Array(6).fill(99));
});

test("a state of one size is copied whole", () => {
  const fixed: State = { ...heads, kind: "fixed", dims: [1, 4], axis: -1 };
  const to = new Uint8Array(4);
  copyTokens(fixed, { data: Uint8Array.of(1, 2, 3, 4), length: 0 }, { data: to, length: 0 }, 0);
  expect([...to]).toEqual([1, 2, 3, 4]);
});

test("tokens behind the first ones go to the same place, and nothing else moves", () => {
  const from = Uint8Array.from({ length: stateSize(heads, 4) }, (_, n) => n);
  const to = new Uint8Array(stateSize(heads, 5)).fill(99);
  copyTokens(heads, { data: from, length: 4 }, { data: to, length: 5 }, 3, 2);
  // The third token of each of two heads.
  expect([...to.subarray(6, 9), ...to.subarray(21, 24)]).toEqual([6, 7, 8, 18, 19, 20]);
  expect(to.filter((value) => value === 99)).toHaveLength(to.length - 6);
});
