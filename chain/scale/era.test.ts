import { expect, test } from "bun:test";
import fc from "fast-check";
import { birthOf, deathOf, decodeEra, encodeEra, mortalEra } from "./era.ts";

test("eras have the bytes that sp_runtime's own tests give", () => {
  expect([...encodeEra(undefined)]).toEqual([0]);
  expect([...encodeEra({ period: 64, phase: 42 })]).toEqual([5 + (42 % 16) * 16, Math.floor(42 / 16)]);
  expect([...encodeEra({ period: 32_768, phase: 20_000 })]).toEqual([
    14 + (2_500 % 16) * 16,
    Math.floor(2_500 / 16),
  ]);
  expect([...encodeEra(mortalEra(513, 200))]).toEqual([23, 0]);
  expect([...encodeEra(mortalEra(1, 2))]).toEqual([17, 0]);
});

test("an era reads back, and the block it was signed at lies within it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.integer({ min: 1, max: 100_000 }),
      (block, period) => {
        const era = mortalEra(block, period);
        expect(decodeEra(encodeEra(era))).toEqual({ era, width: 2 });
        expect(birthOf(era, block)).toBeLessThanOrEqual(block);
        expect(deathOf(era, block)).toBeGreaterThan(block);
      },
    ),
  );
});

test("an era keeps its birth block for as long as it lives", () => {
  const era = mortalEra(1_000, 4);
  const birth = birthOf(era, 1_000);
  expect([1_000, 1_001, 1_002, 1_003].map((now) => birthOf(era, now))).toEqual([birth, birth, birth, birth]);
  expect(birthOf(era, 1_004)).toBe(birth + 4);
});

test("refuses an era that is cut off or whose phase lies beyond its period", () => {
  expect(() => decodeEra(Uint8Array.of(5))).toThrow("cut off");
  expect(() => decodeEra(Uint8Array.of(0xf1, 0xff))).toThrow("no such era");
});
