/** Fixed point as the chain has it: its own results, and BigInt over the whole range that Yuma uses. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { divide, fromU16, multiply, ONE, toU16 } from "./fixed-point.ts";
import { alphaSigmoid, inverseSigmoid } from "./liquid-alpha.ts";
import vectors from "./vectors/arithmetic.json" with { type: "json" };

const share = fc.integer({ min: 0, max: ONE });
const edge = (value: fc.Arbitrary<number>) =>
  fc.oneof(value, fc.constantFrom(0, 1, 2, 65_535, 65_536, ONE - 1, ONE));

test.each(vectors.multiply)("%d × %d = %d on the chain", (a, b, product) => {
  expect(multiply(a!, b!)).toBe(product!);
});

test.each(vectors.divide)("%d / %d = %d on the chain", (a, b, quotient) => {
  expect(divide(a!, b!)).toBe(quotient!);
});

test("multiplication rounds down, below zero too", () => {
  fc.assert(
    fc.property(edge(fc.integer({ min: -(2 ** 36), max: 2 ** 36 })), edge(share), (a, b) => {
      expect(BigInt(multiply(a, b))).toBe((BigInt(a) * BigInt(b)) >> 32n);
    }),
    { numRuns: 1_000 },
  );
});

test("division is exact for every part of a sum of up to 2^44", () => {
  const sum = fc.oneof(
    fc.integer({ min: 1, max: 2 ** 44 }),
    share.map((value) => value + 1),
    fc.integer({ min: 1, max: 70_000 }),
  );
  fc.assert(
    fc.property(
      sum,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 2 }),
      (b, part, off) => {
        const a = Math.max(0, Math.min(b, Math.round(b * part) - off));
        expect(divide(a, b)).toBe(Number((BigInt(a) << 32n) / BigInt(b)));
      },
    ),
    { numRuns: 2_000 },
  );
});

test("division by zero gives zero", () => expect(divide(0, 0)).toBe(0));

test("shares of 65,535 are stored and read rounding down", () => {
  for (let stored = 0; stored <= 65_535; stored++) {
    expect(fromU16(stored)).toBe(Math.floor((stored * ONE) / 65_535));
    expect([stored, stored - 1]).toContain(toU16(fromU16(stored)));
  }
  expect(toU16(ONE)).toBe(65_535);
});

describe("liquid alpha", () => {
  test.each(vectors.exp)("1 / (1 + e^%d) follows from the chain's e^x", (x, exp) => {
    expect(inverseSigmoid(Number(x))).toBe(Number((1n << 64n) / ((1n << 32n) + BigInt(exp))));
  });

  test.each(vectors.alpha)("consensus %d, weight %d, bond %d, low %d, high %d, steepness %d", (...row) => {
    const [consensus, weight, bond, low, high, steepness, alpha] = row as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const alphaOf = alphaSigmoid({ low: fromU16(low), high: fromU16(high), steepness });
    expect(alphaOf(consensus, weight, bond)).toBe(alpha);
    expect(alphaOf(consensus, weight, bond)).toBe(alpha);
  });
});
