import { expect, test } from "bun:test";
import fc from "fast-check";
import { u64f64 } from "../fixed-point.ts";
import { buyAlpha, type Order, priceOf, type Reserves, type Swap, sellAlpha } from "./pool.ts";

const TAO = 1_000_000_000n;
const pool: Reserves = { tao: 1_000n * TAO, alpha: 2_000n * TAO };
const ANY_PRICE = u64f64.from(1_000_000n);
const order = (amount: bigint, own: Partial<Order> = {}): Order => ({
  amount,
  feeRate: 33,
  limitPrice: ANY_PRICE,
  ...own,
});
const done = (result: Swap | string): Swap => {
  if (typeof result === "string") throw new Error(`it should have swapped: ${result}`);
  return result;
};

test("the fee is 33 of 65,535, and the rest buys along a constant product", () => {
  const { paidIn, paidOut, fee } = done(buyAlpha(pool, order(1_000n * TAO)));
  expect(fee).toBe(503_547_722n);
  expect(paidIn + fee).toBe(1_000n * TAO);
  expect(paidOut).toBe((pool.alpha * paidIn) / (pool.tao + paidIn));
});

test("buying stops at the limit price, and so does selling", () => {
  const dear = (priceOf(pool) * 121n) / 100n;
  const bought = done(buyAlpha(pool, order(1_000n * TAO, { limitPrice: dear })));
  const after = priceOf({ tao: pool.tao + bought.paidIn, alpha: pool.alpha - bought.paidOut });
  expect(after).toBeLessThanOrEqual(dear + u64f64.one / TAO);
  expect(bought.paidIn).toBeGreaterThan(99n * TAO);
  expect(bought.paidIn).toBeLessThan(101n * TAO);
  const cheap = (priceOf(pool) * 81n) / 100n;
  const sold = done(sellAlpha(pool, order(2_000n * TAO, { limitPrice: cheap })));
  expect(sold.paidIn).toBeGreaterThan(220n * TAO);
  expect(sold.paidIn).toBeLessThan(224n * TAO);
});

test("a limit that is passed already, an empty pool and a flood are refused", () => {
  expect(buyAlpha(pool, order(TAO, { limitPrice: priceOf(pool) - 1n }))).toBe("PriceLimitExceeded");
  expect(sellAlpha(pool, order(TAO, { limitPrice: priceOf(pool) + 1n }))).toBe("PriceLimitExceeded");
  expect(buyAlpha({ tao: TAO, alpha: 999_999n }, order(1n))).toBe("ReservesTooLow");
  expect(buyAlpha(pool, order(pool.tao * 1_002n))).toBe("SwapInputTooLarge");
});

test("a round trip never earns, and never empties the pool", () => {
  const reserve = fc.bigInt({ min: 10n ** 7n, max: 10n ** 16n });
  fc.assert(
    fc.property(reserve, reserve, fc.bigInt({ min: 1n, max: 10n ** 18n }), (tao, alpha, amount) => {
      const bought = buyAlpha({ tao, alpha }, order(amount, { limitPrice: 2n ** 128n - 1n }));
      if (typeof bought === "string") return;
      const after = { tao: tao + bought.paidIn, alpha: alpha - bought.paidOut };
      expect(after.alpha).toBeGreaterThan(0n);
      const sold = sellAlpha(after, order(bought.paidOut, { limitPrice: 0n }));
      if (typeof sold === "string") return;
      expect(sold.paidOut).toBeLessThanOrEqual(bought.paidIn);
    }),
  );
});
