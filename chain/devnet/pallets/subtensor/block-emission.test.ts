import { expect, test } from "bun:test";
import { blockEmission, TOTAL_SUPPLY } from "./block-emission.ts";

const TAO = 1_000_000_000n;

test("a whole coin a block until half of all is out, half a coin until three quarters are", () => {
  expect(blockEmission(0n)).toBe(TAO);
  expect(blockEmission(10_499_999n * TAO)).toBe(TAO);
  expect(blockEmission(10_500_001n * TAO)).toBe(TAO / 2n);
  expect(blockEmission(15_750_001n * TAO)).toBe(TAO / 4n);
});

test("nothing once all is out", () => {
  expect(blockEmission(TOTAL_SUPPLY)).toBe(0n);
  expect(blockEmission(2n ** 64n - 1n)).toBe(0n);
  expect(blockEmission(TOTAL_SUPPLY - 1n)).toBeLessThan(2n);
});
