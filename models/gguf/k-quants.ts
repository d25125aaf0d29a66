/**
 * The K-quants of public GGUF files: blocks of 256 values, whose sub-blocks have small scales of their own under one or two
 * half-precision ones. As `dequantize_row_q*_K` in ggml's `ggml-quants.c`.
 */
import { halves } from "./half.ts";
import type { Decode } from "./tensor-types.ts";

const half = (bytes: Uint8Array, at: number): number => halves()[bytes[at]! | (bytes[at + 1]! << 8)]!;
const { fround } = Math;

/** 16 sub-blocks of 16: scale and minimum of four bits each; values of two bits. */
export const q2K: Decode = (bytes, at, out, to) => {
  const d = half(bytes, at + 80);
  const min = half(bytes, at + 82);
  for (let sub = 0; sub < 16; sub++) {
    const scale = fround(d * (bytes[at + sub]! & 15));
    const least = fround(min * (bytes[at + sub]! >> 4));
    const from = at + 16 + 32 * (sub >> 3) + 16 * (sub & 1);
    const shift = 2 * ((sub >> 1) & 3);
    for (let n = 0; n < 16; n++)
      out[to + 16 * sub + n] = fround(scale * ((bytes[from + n]! >> shift) & 3)) - least;
  }
};

/** 16 sub-blocks of 16: scales of six bits; values of three, the highest in a mask of its own. */
export const q3K: Decode = (bytes, at, out, to) => {
  const d = half(bytes, at + 108);
  for (let sub = 0; sub < 16; sub++) {
    const scale = fround(d * (sixBits(bytes, at + 96, sub) - 32));
    const from = at + 32 + 32 * (sub >> 3) + 16 * (sub & 1);
    const shift = 2 * ((sub >> 1) & 3);
    const mask = 1 << (sub >> 1);
    for (let n = 0; n < 16; n++) {
      const high = bytes[at + 16 * (sub & 1) + n]! & mask ? 0 : 4;
      out[to + 16 * sub + n] = scale * (((bytes[from + n]! >> shift) & 3) - high);
    }
  }
};

/** The scale of a Q3_K sub-block: four low bits in the first eight bytes, two high ones in the last four. */
function sixBits(bytes: Uint8Array, at: number, sub: number): number {
  const low = (bytes[at + (sub & 7)]! >> (sub < 8 ? 0 : 4)) & 15;
  const high = (bytes[at + 8 + (sub & 3)]! >> (2 * (sub >> 2))) & 3;
  return low | (high << 4);
}

/** Scale or minimum of a sub-block of Q4_K and Q5_K: six bits each in twelve bytes. */
const scaleOf = (bytes: Uint8Array, at: number, sub: number): number =>
  sub < 4 ? bytes[at + sub]! & 63 : (bytes[at + sub + 4]! & 15) | ((bytes[at + sub - 4]! >> 6) << 4);
const leastOf = (bytes: Uint8Array, at: number, sub: number): number =>
  sub < 4 ? bytes[at + sub + 4]! & 63 : (bytes[at + sub + 4]! >> 4) | ((bytes[at + sub]! >> 6) << 4);

/** Eight sub-blocks of 32 with scale and minimum; values of four bits. */
export const q4K: Decode = (bytes, at, out, to) => {
  const d = half(bytes, at);
  const min = half(bytes, at + 2);
  for (let sub = 0; sub < 8; sub++) {
    const scale = fround(d * scaleOf(bytes, at + 4, sub));
    const least = fround(min * leastOf(bytes, at + 4, sub));
    const from = at + 16 + 32 * (sub >> 1);
    const shift = 4 * (sub & 1);
    for (let n = 0; n < 32; n++)
      out[to + 32 * sub + n] = fround(scale * ((bytes[from + n]! >> shift) & 15)) - least;
  }
};

/** As Q4_K with a fifth bit apart. */
export const q5K: Decode = (bytes, at, out, to) => {
  const d = half(bytes, at);
  const min = half(bytes, at + 2);
  for (let sub = 0; sub < 8; sub++) {
    const scale = fround(d * scaleOf(bytes, at + 4, sub));
    const least = fround(min * leastOf(bytes, at + 4, sub));
    const from = at + 48 + 32 * (sub >> 1);
    const shift = 4 * (sub & 1);
    for (let n = 0; n < 32; n++) {
      const high = (bytes[at + 16 + n]! >> sub) & 1;
      out[to + 32 * sub + n] = fround(scale * (((bytes[from + n]! >> shift) & 15) | (high << 4))) - least;
    }
  }
};

/** 16 sub-blocks of 16 with signed scales; values of six bits around 32. */
export const q6K: Decode = (bytes, at, out, to) => {
  const d = half(bytes, at + 208);
  for (let sub = 0; sub < 16; sub++) {
    const scale = fround(d * ((bytes[at + 192 + sub]! << 24) >> 24));
    const side = sub >> 3;
    const quarter = (sub >> 1) & 3;
    const from = at + 64 * side + 32 * (quarter & 1) + 16 * (sub & 1);
    const highs = at + 128 + 32 * side + 16 * (sub & 1);
    for (let n = 0; n < 16; n++) {
      const low = (bytes[from + n]! >> (quarter < 2 ? 0 : 4)) & 15;
      const high = (bytes[highs + n]! >> (2 * quarter)) & 3;
      out[to + 16 * sub + n] = scale * ((low | (high << 4)) - 32);
    }
  }
};
