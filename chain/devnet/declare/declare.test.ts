import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../scale/hex.ts";
import {
  accountId,
  array,
  bool,
  boundedVec,
  bytes,
  compact,
  decode,
  encode,
  fixedBytes,
  type Immutable,
  i16,
  i64,
  i128,
  late,
  option,
  struct,
  type Type,
  text,
  tuple,
  u8,
  u16,
  u32,
  u64,
  u128,
  unit,
  variant,
  vec,
} from "./index.ts";

const hexOf = <T>(type: Type<T>, value: NoInfer<Immutable<T>>): string => toHex(encode(type, value));

describe("types have the bytes of SCALE's own examples", () => {
  // https://docs.polkadot.com/polkadot-protocol/parachain-basics/data-encoding
  test("numbers, bools, options", () => {
    expect(hexOf(u8, 69)).toBe("0x45");
    expect(hexOf(u16, 42)).toBe("0x2a00");
    expect(hexOf(u32, 16_777_215)).toBe("0xffffff00");
    expect(hexOf(i16, -1_000)).toBe("0x18fc");
    expect(hexOf(i128, -1n)).toBe(`0x${"ff".repeat(16)}`);
    expect(hexOf(u128, 2n ** 64n)).toBe(`0x${"00".repeat(8)}01${"00".repeat(7)}`);
    expect(hexOf(bool, true)).toBe("0x01");
    expect(hexOf(option(u8), undefined)).toBe("0x00");
    expect(hexOf(option(bool), false)).toBe("0x0100");
  });

  test("compact numbers at the edges of their modes", () => {
    const edges: [bigint, string][] = [
      [0n, "0x00"],
      [63n, "0xfc"],
      [64n, "0x0101"],
      [16_383n, "0xfdff"],
      [16_384n, "0x02000100"],
      [1_073_741_823n, "0xfeffffff"],
      [1_073_741_824n, "0x0300000040"],
      [100_000_000_000_000n, "0x0b00407a10f35a"],
      [2n ** 64n - 1n, "0x13ffffffffffffffff"],
    ];
    for (const [value, hex] of edges) {
      expect(hexOf(compact(u64), value)).toBe(hex);
      expect(decode(compact(u64), fromHex(hex))).toBe(value);
    }
  });

  test("collections, structs and enums", () => {
    expect(hexOf(vec(u16), [4, 8, 15, 16, 23, 42])).toBe("0x18040008000f00100017002a00");
    expect(hexOf(text, "Hamlet")).toBe("0x1848616d6c6574");
    expect(hexOf(tuple(compact(u32), bool), [3, false])).toBe("0x0c00");
    expect(hexOf(struct("a::B", { first: u8, second: vec(bool) }), { first: 1, second: [true] })).toBe(
      "0x010401",
    );
    const either = variant("a::Either", {
      Int: [0, u8],
      Bool: [1, bool],
      Both: [4, { a: u8, b: u16 }],
      No: [9],
    });
    expect(hexOf(either, { type: "Int", value: 42 })).toBe("0x002a");
    expect(hexOf(either, { type: "Both", value: { a: 1, b: 2 } })).toBe("0x04010200");
    expect(hexOf(either, { type: "No", value: undefined })).toBe("0x09");
  });
});

/** A described type with values of it. */
const cases = [
  ["u64", u64, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  ["i64", i64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ["u128", u128, fc.bigInt({ min: 0n, max: 2n ** 128n - 1n })],
  ["i128", i128, fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n })],
  ["bytes", bytes, fc.uint8Array()],
  ["text", text, fc.string({ unit: "grapheme" })],
  ["rows", vec(tuple(u16, u16)), fc.array(fc.tuple(fc.nat(65_535), fc.nat(65_535)))],
  ["nested", vec(vec(option(u32))), fc.array(fc.array(fc.option(fc.nat(), { nil: undefined })))],
  ["accounts", boundedVec(accountId), fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex))],
  ["array", array(bool, 3), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })],
] as unknown as [string, Type<unknown>, fc.Arbitrary<unknown>][];

test("what is written reads back, whatever the value", () => {
  for (const [, type, values] of cases) {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(type, encode(type, value as never)) as unknown).toEqual(value);
      }),
    );
  }
});

test("bytes that are cut off or left over are refused, and so is a view's surrounding", () => {
  const row = encode(vec(tuple(u16, u16)), [[1, 2]]);
  const roomy = new Uint8Array([9, ...row, 9]);
  expect(decode(vec(tuple(u16, u16)), roomy.subarray(1, 1 + row.length))).toEqual([[1, 2]]);
  for (const type of [vec(tuple(u16, u16)), vec(option(u32)), bytes, text, accountId, u64, compact(u32)]) {
    expect(() => decode(type as Type<unknown>, new Uint8Array([0x08, 0x01]))).toThrow();
  }
  expect(() => decode(u16, new Uint8Array(3))).toThrow("left over");
});

test("garbage never ends in anything but a failure", () => {
  for (const [, type] of cases) {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (garbage) => {
        try {
          decode(type, garbage);
        } catch (error) {
          expect(["malformed", "too-large"]).toContain((error as { code: string }).code);
        }
      }),
    );
  }
});

test("a length that no vector has is refused before anything is made of it", () => {
  const claims = encode(compact(u32), 1 << 30);
  expect(() => decode(vec(u64), claims)).toThrow("at most");
  expect(() => decode(vec(unit), claims)).toThrow("at most");
  expect(() => decode(bytes, claims)).toThrow("at most");
});

test("a value beyond its type is our own defect, never cut to size", () => {
  for (const [type, value] of [
    [u8, 256],
    [u16, -1],
    [u32, 1.5],
    [u64, -1n],
    [u64, 2n ** 64n],
    [compact(u16), 65_536],
    [bool, 1],
    [accountId, "0x00"],
    [fixedBytes(4), "0x0000000000"],
  ] as [Type<unknown>, unknown][]) {
    expect(() => encode(type, value as never)).toThrow();
  }
});

test("a compact number beyond its type is refused in reading, too", () => {
  expect(() => decode(compact(u16), encode(compact(u32), 65_536))).toThrow();
});

test("a type may contain itself, to a depth that no stack minds", () => {
  interface Nest {
    type: "End" | "In";
    value: unknown;
  }
  const nest = late<Nest>();
  nest.resolve(variant("a::Nest", { End: [0], In: [1, nest] }) as Type<unknown> as Type<Nest>);
  expect(decode(nest, Uint8Array.of(1, 1, 0))).toEqual({
    type: "In",
    value: { type: "In", value: { type: "End", value: undefined } },
  });
  expect(() => decode(nest, new Uint8Array(100_000).fill(1))).toThrow("nested deeper");
  // The depth is counted anew for the next.
  expect(decode(nest, Uint8Array.of(0)).type).toBe("End");
});
