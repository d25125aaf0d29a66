import { expect, test } from "bun:test";
import { isDialable, isIpType } from "./endpoint.ts";

const chain = { zero: false, loopback: false };

test.each([
  [4, 0x7f00_0001n],
  [4, 2n ** 32n - 1n],
  [4, 2n ** 32n],
  [6, 1n],
  [6, 2n ** 128n - 1n],
  [4, 0n],
])("the chain refuses IPv%s %s", (ipType, ip) => {
  expect(isDialable(ipType, ip, chain)).toBe(false);
});

test("other addresses pass, zero for axons and loopback where the devnet allows it", () => {
  expect(isDialable(4, 0x0a00_0001n, chain)).toBe(true);
  expect(isDialable(4, 0n, { ...chain, zero: true })).toBe(true);
  expect(isDialable(4, 0x7f00_0001n, { ...chain, loopback: true })).toBe(true);
  expect(isDialable(6, 1n, { ...chain, loopback: true })).toBe(true);
});

test("only 4 and 6 are kinds of address", () => {
  expect([0, 4, 5, 6].map(isIpType)).toEqual([false, true, false, true]);
});
