import { expect, test } from "bun:test";
import fc from "fast-check";
import { add, fromInteger, multiplyDivide, subtract, toInteger, ZERO } from "./safe-float.ts";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test("a mantissa has 21 digits, as on chain", () => {
  expect(fromInteger(1n)).toEqual({ mantissa: 10n ** 21n, exponent: -21n });
  expect(fromInteger(123n)).toEqual({ mantissa: 123n * 10n ** 18n, exponent: -18n });
  expect(fromInteger(0n)).toEqual(ZERO);
});

test("whole numbers come back as they went in, and add and subtract exactly", () => {
  fc.assert(
    fc.property(u64, u64, (a, b) => {
      expect(toInteger(fromInteger(a))).toBe(a);
      const sum = toInteger(add(fromInteger(a), fromInteger(b)));
      expect(sum).toBe(a + b > 2n ** 64n - 1n ? 2n ** 64n - 1n : a + b);
      if (a >= b && a > 0n) expect(toInteger(subtract(fromInteger(a), fromInteger(b))!)).toBe(a - b);
    }),
  );
});

test("a part of a whole is never more than it is", () => {
  fc.assert(
    fc.property(u64, u64, u64, (value, a, b) => {
      const [share, whole] = a < b ? [a, b] : [b, a];
      if (whole === 0n) return;
      const part = toInteger(multiplyDivide(fromInteger(value), fromInteger(share), fromInteger(whole))!);
      const exact = (value * share) / whole;
      expect(part).toBeLessThanOrEqual(exact);
      expect(part).toBeGreaterThanOrEqual(exact - 1n);
    }),
  );
});

test("what the chain refuses is undefined", () => {
  expect(multiplyDivide(fromInteger(1n), fromInteger(1n), ZERO)).toBeUndefined();
  expect(subtract(ZERO, fromInteger(1n))).toBeUndefined();
});
