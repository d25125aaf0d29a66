import { expect, test } from "bun:test";
import { u64f64 } from "../fixed-point.ts";
import { decayedBurn, raisedBurn } from "./burn-price.ts";

const bounds = { minBurn: 500_000n, maxBurn: 100_000_000_000n };
const TIMES_1_26 = (u64f64.one * 126n) / 100n;

const after = (blocks: number, burn: bigint, halfLife: number): bigint => {
  let price = burn;
  for (let block = 0; block < blocks; block++) price = decayedBurn({ burn: price, ...bounds }, halfLife);
  return price;
};

test("the price halves in its half-life", () => {
  const half = after(360, 1_000_000_000n, 360);
  expect(half).toBeGreaterThan(499_990_000n);
  expect(half).toBeLessThanOrEqual(500_000_000n);
});

test("the price never leaves its bounds", () => {
  expect(after(20_000, 1_000_000_000n, 360)).toBe(bounds.minBurn);
  expect(raisedBurn({ burn: bounds.maxBurn, ...bounds }, TIMES_1_26)).toBe(bounds.maxBurn);
  expect(decayedBurn({ burn: 10n ** 18n, ...bounds }, 360)).toBe(bounds.maxBurn);
});

test("a registration raises the price by its factor, and a factor below one does not lower it", () => {
  expect(raisedBurn({ burn: 1_000_000_000n, ...bounds }, TIMES_1_26)).toBe(1_259_999_999n);
  expect(raisedBurn({ burn: 1_000_000_000n, ...bounds }, u64f64.one / 2n)).toBe(1_000_000_000n);
});

test("without a half-life the price stands still", () => {
  expect(decayedBurn({ burn: 7_000_000n, ...bounds }, 0)).toBe(7_000_000n);
});
