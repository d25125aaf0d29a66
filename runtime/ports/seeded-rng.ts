/**
 * Repeatable chance: xoshiro128** (Blackman and Vigna, https://prng.di.unimi.it), seeded by splitmix32.
 * For simulation and for draws that every validator must repeat; never for keys.
 */
import { Failure } from "../../protocol/failure.ts";
import type { Rng } from "./rng.ts";
import { fraction, integerBelow } from "./uniform.ts";

/**
 * The sequence that belongs to a seed: a 32-bit number, or 1 to 128 hex digits (such as a block hash, with or
 * without `0x`), of which every digit counts. Fails with `malformed` for anything else.
 */
export function createSeededRng(seed: number | string): Rng {
  const word = xoshiro128(stateOf(seed));
  return {
    next: () => fraction(word),
    integer: (below) => integerBelow(below, word),
    bytes(count) {
      const bytes = new Uint8Array(count);
      for (let at = 0; at < count; at += 4) {
        const value = word();
        for (let i = 0; i < 4 && at + i < count; i++) bytes[at + i] = value >>> (8 * i);
      }
      return bytes;
    },
  };
}

function stateOf(seed: number | string): Uint32Array {
  const words = typeof seed === "number" ? [checkedNumber(seed)] : hexWords(seed);
  const state = new Uint32Array(4);
  let mixed = words.length - 1;
  for (const [at, value] of words.entries()) {
    mixed = splitmix(mixed ^ value);
    state[at % 4]! ^= mixed;
  }
  for (let at = 0; at < 4; at++) state[at]! ^= mixed = splitmix(mixed);
  // All zeros is the one state the generator never leaves.
  if (state.every((value) => value === 0)) state[0] = 1;
  return state;
}

function checkedNumber(seed: number): number {
  if (Number.isInteger(seed) && seed >= 0 && seed <= 0xffff_ffff) return seed;
  throw new Failure("malformed", "a numeric seed must be a whole number from 0 to 4294967295", {
    meta: { seed },
  });
}

function hexWords(seed: string): number[] {
  const digits = seed.replace(/^0x/, "");
  if (!/^[0-9a-fA-F]{1,128}$/.test(digits)) {
    throw new Failure("malformed", "a text seed must be 1 to 128 hex digits", {
      meta: { seed: seed.slice(0, 80) },
    });
  }
  // The length goes in first, so that "1" and "01" are different seeds.
  return [digits.length, ...(digits.match(/.{1,8}/g) ?? []).map((part) => Number.parseInt(part, 16))];
}

function splitmix(value: number): number {
  let z = (value + 0x9e37_79b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

function xoshiro128(state: Uint32Array): () => number {
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  return () => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return scrambled;
  };
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
