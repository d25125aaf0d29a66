import { expect, test } from "bun:test";
import { nearest } from "./nearest.ts";

const OPTIONS = ["role", "round-blocks", "nats", "ledger", "name"];

test.each([
  ["rond-blocks", "round-blocks"],
  ["round_blocks", "round-blocks"],
  ["legder", "ledger"],
  ["roles", "role"],
])("%s is taken for %s", (word, meant) => {
  expect(nearest(word, OPTIONS)).toBe(meant);
});

test("what is like nothing is taken for nothing", () => {
  expect(nearest("verbosity", OPTIONS)).toBeUndefined();
  expect(nearest("", OPTIONS)).toBeUndefined();
  expect(nearest("x", [])).toBeUndefined();
});
