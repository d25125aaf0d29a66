import { expect, test } from "bun:test";
import fc from "fast-check";
import { rngContract } from "../../test/contract/rng.ts";
import { refusal } from "../../test/support/rejection.ts";
import { createSeededRng } from "./seeded-rng.ts";
import { createSystemRng } from "./system-rng.ts";

rngContract("system rng", createSystemRng);
rngContract("seeded rng", () => createSeededRng(7));

const draw = (seed: number | string): number[] => {
  const rng = createSeededRng(seed);
  return Array.from({ length: 4 }, () => rng.integer(2 ** 32));
};

test("the sequence of a seed never changes between versions: draws are public", () => {
  expect(draw(7)).toMatchInlineSnapshot(`
    [
      292923996,
      410760918,
      3287874189,
      2322048724,
    ]
  `);
  expect(draw(`0x${"5f".repeat(32)}`)).toMatchInlineSnapshot(`
    [
      3741257507,
      4088228527,
      1562684118,
      1479745160,
    ]
  `);
});

test("the same seed gives the same sequence, another seed another", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      (a, b) => {
        expect(draw(a)).toEqual(draw(a));
        if (a !== b) expect(draw(a)).not.toEqual(draw(b));
      },
    ),
  );
});

test("every digit of a hex seed counts, its length too, the 0x in front does not", () => {
  const hash = "5f".repeat(32);
  const base = draw(hash);
  expect(draw(`0x${hash}`)).toEqual(base);
  for (let at = 0; at < hash.length; at++) {
    expect(draw(`${hash.slice(0, at)}0${hash.slice(at + 1)}`)).not.toEqual(base);
  }
  expect(draw("1")).not.toEqual(draw("01"));
});

test("refuses seeds that are neither 32-bit numbers nor hex", () => {
  for (const seed of [-1, 1.5, 2 ** 32, Number.NaN, "", "0x", "xyz", "a".repeat(129)]) {
    expect(refusal(() => createSeededRng(seed)).code).toBe("malformed");
  }
});
