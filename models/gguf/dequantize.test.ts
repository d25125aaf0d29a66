/** Against what ggml's own Python package reads from the same bytes: `golden/write-golden.py`. */
import { expect, test } from "bun:test";
import { dequantizeBlocks } from "./dequantize.ts";
import golden from "./golden/quants.json" with { type: "json" };
import { halves } from "./half.ts";
import { TENSOR_TYPES } from "./tensor-types.ts";

const types = Object.values(TENSOR_TYPES);

test("every type that is read has a golden sample", () => {
  expect(types.map(({ name }) => name).sort()).toEqual(Object.keys(golden).sort());
});

test.each(types)("$name gives the very bits of the reference", (type) => {
  const sample = golden[type.name as keyof typeof golden];
  const values = new Float32Array(Uint8Array.from(Buffer.from(sample.values, "hex")).buffer);
  const found = dequantizeBlocks(type, Buffer.from(sample.blocks, "hex"));
  expect(found.length).toBe(values.length);
  // Minus zero counts as zero.
  expect(Array.from(found, (value) => value + 0)).toEqual(Array.from(values, (value) => value + 0));
});

test("a half is the number that its bits say", () => {
  const table = halves();
  expect([0x0000, 0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00].map((bits) => table[bits])).toEqual([
    0,
    1,
    -2,
    2 ** -24,
    65_504,
    Number.POSITIVE_INFINITY,
  ]);
  expect(table[0x7e00]).toBeNaN();
});
