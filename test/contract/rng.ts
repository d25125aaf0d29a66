/** What every source of chance does. */
import { expect, test } from "bun:test";
import type { Rng } from "../../runtime/ports/rng.ts";
import { refusal } from "../support/rejection.ts";

export function rngContract(name: string, make: () => Rng): void {
  test(`${name}: fractions lie in [0, 1) and fill it evenly`, () => {
    const rng = make();
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const value = rng.next();
      expect(value >= 0 && value < 1).toBe(true);
      buckets[Math.floor(value * 10)]!++;
    }
    // 2,000 expected each, standard deviation 42: seven of them never happen by chance.
    for (const count of buckets) expect(Math.abs(count - 2_000)).toBeLessThan(300);
  });

  test(`${name}: integers reach every value below the bound and none above`, () => {
    const rng = make();
    const seen = new Set(Array.from({ length: 1_000 }, () => rng.integer(7)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(rng.integer(1)).toBe(0);
    expect(rng.integer(2 ** 32)).toBeLessThan(2 ** 32);
  });

  test(`${name}: refuses a bound that no integer lies below`, () => {
    const rng = make();
    for (const below of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) {
      expect(refusal(() => rng.integer(below)).code).toBe("malformed");
    }
  });

  test(`${name}: gives as many bytes as asked, above 64 KiB too`, () => {
    const rng = make();
    expect(rng.bytes(0).byteLength).toBe(0);
    const bytes = rng.bytes(70_001);
    expect(bytes.byteLength).toBe(70_001);
    expect(new Set(bytes.subarray(65_536)).size).toBeGreaterThan(200);
  });
}
