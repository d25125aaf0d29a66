/** Stored numbers as single-precision floats, rounded where ggml rounds, so that both give the same bits. */

import { halves } from "./half.ts";
import { q2K, q3K, q4K, q5K, q6K } from "./k-quants.ts";
import type { GgufTensor } from "./read-gguf.ts";
import type { Decode, TensorType } from "./tensor-types.ts";

/** All values of a tensor, or those of the rows `[from, to)`. */
export function dequantize(tensor: GgufTensor, rows?: { from: number; to: number }): Float32Array {
  const { type, data, dims } = tensor;
  const [row = 1, ...rest] = dims;
  const count = rest.reduce((product, dim) => product * dim, 1);
  const { from, to } = rows ?? { from: 0, to: count };
  const rowBytes = (row / type.values) * type.bytes;
  return dequantizeBlocks(type, data.subarray(from * rowBytes, to * rowBytes));
}

/** Whole blocks of one type. */
export function dequantizeBlocks(type: TensorType, bytes: Uint8Array): Float32Array {
  const blocks = bytes.length / type.bytes;
  const out = new Float32Array(blocks * type.values);
  const decode = DECODERS[type.name];
  if (decode === undefined) throw new RangeError(`no decoder for ${type.name}`);
  for (let block = 0; block < blocks; block++) decode(bytes, block * type.bytes, out, block * type.values);
  return out;
}

const word = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
const { fround } = Math;

const DECODERS: Readonly<Record<string, Decode>> = {
  F32(bytes, at, out, to) {
    bits[0] = word(bytes, at) | (word(bytes, at + 2) << 16);
    out[to] = float[0]!;
  },
  F16(bytes, at, out, to) {
    out[to] = halves()[word(bytes, at)]!;
  },
  BF16(bytes, at, out, to) {
    bits[0] = word(bytes, at) << 16;
    out[to] = float[0]!;
  },
  Q4_0(bytes, at, out, to) {
    const d = halves()[word(bytes, at)]!;
    for (let n = 0; n < 16; n++) {
      const pair = bytes[at + 2 + n]!;
      out[to + n] = d * ((pair & 15) - 8);
      out[to + 16 + n] = d * ((pair >> 4) - 8);
    }
  },
  Q4_1(bytes, at, out, to) {
    const d = halves()[word(bytes, at)]!;
    const m = halves()[word(bytes, at + 2)]!;
    for (let n = 0; n < 16; n++) {
      const pair = bytes[at + 4 + n]!;
      out[to + n] = fround(d * (pair & 15)) + m;
      out[to + 16 + n] = fround(d * (pair >> 4)) + m;
    }
  },
  Q5_0(bytes, at, out, to) {
    const d = halves()[word(bytes, at)]!;
    const high = word(bytes, at + 2) | (word(bytes, at + 4) << 16);
    for (let n = 0; n < 16; n++) {
      const pair = bytes[at + 6 + n]!;
      out[to + n] = d * (((pair & 15) | (((high >>> n) & 1) << 4)) - 16);
      out[to + 16 + n] = d * (((pair >> 4) | (((high >>> (n + 16)) & 1) << 4)) - 16);
    }
  },
  Q5_1(bytes, at, out, to) {
    const d = halves()[word(bytes, at)]!;
    const m = halves()[word(bytes, at + 2)]!;
    const high = word(bytes, at + 4) | (word(bytes, at + 6) << 16);
    for (let n = 0; n < 16; n++) {
      const pair = bytes[at + 8 + n]!;
      out[to + n] = fround(d * ((pair & 15) | (((high >>> n) & 1) << 4))) + m;
      out[to + 16 + n] = fround(d * ((pair >> 4) | (((high >>> (n + 16)) & 1) << 4))) + m;
    }
  },
  Q8_0(bytes, at, out, to) {
    const d = halves()[word(bytes, at)]!;
    for (let n = 0; n < 32; n++) out[to + n] = d * ((bytes[at + 2 + n]! << 24) >> 24);
  },
  Q2_K: q2K,
  Q3_K: q3K,
  Q4_K: q4K,
  Q5_K: q5K,
  Q6_K: q6K,
};
