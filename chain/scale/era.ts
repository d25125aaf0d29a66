/** Mortality: for which blocks an extrinsic is valid, in one or two bytes. Format: sp_runtime::generic::Era. */
import { Failure } from "../../protocol/failure.ts";

/** Undefined means immortal. `period` is a power of two from 4 to 65,536, `phase` below it. */
export type Era = { readonly period: number; readonly phase: number } | undefined;

/** The era of an extrinsic signed at `block` that lives for about `period` blocks (rounded up to a power of two). */
export function mortalEra(block: number, period: number): NonNullable<Era> {
  const rounded = Math.min(65_536, Math.max(4, 2 ** Math.ceil(Math.log2(period))));
  const quantum = Math.max(1, rounded >> 12);
  return { period: rounded, phase: Math.floor((block % rounded) / quantum) * quantum };
}

export function encodeEra(era: Era): Uint8Array {
  if (era === undefined) return Uint8Array.of(0);
  const { period, phase } = era;
  const quantum = Math.max(1, period >> 12);
  const low = Math.min(15, Math.max(1, Math.log2(period) - 1));
  const value = low | ((phase / quantum) << 4);
  return Uint8Array.of(value & 0xff, value >> 8);
}

/** Reads an era from the front of the bytes; `width` is how many it took. Fails with `malformed`. */
export function decodeEra(bytes: Uint8Array): { era: Era; width: 1 | 2 } {
  const [first, second] = bytes;
  if (first === 0) return { era: undefined, width: 1 };
  if (first === undefined || second === undefined) throw new Failure("malformed", "an era is cut off");
  const value = first | (second << 8);
  const period = 2 << (value & 15);
  const phase = (value >> 4) * Math.max(1, period >> 12);
  if (period < 4 || phase >= period) {
    throw new Failure("malformed", "no such era", { meta: { period, phase } });
  }
  return { era: { period, phase }, width: 2 };
}

/** The block whose hash is signed over, seen from block `now`: 0 (genesis) when immortal. */
export function birthOf(era: Era, now: number): number {
  if (era === undefined) return 0;
  const { period, phase } = era;
  return Math.floor((Math.max(now, phase) - phase) / period) * period + phase;
}

/** The first block at which the extrinsic is no longer valid. */
export const deathOf = (era: Era, now: number): number =>
  era === undefined ? Number.POSITIVE_INFINITY : birthOf(era, now) + era.period;
