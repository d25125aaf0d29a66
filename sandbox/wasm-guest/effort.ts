/**
 * What a function costs a compiler, seen from its instructions: straight code is nearly free, while every place where
 * control may go elsewhere costs blocks, fuel and interrupt checks, and deep nesting costs more than its share.
 */
import type { WasmReader } from "../wasmtime/wasm-sections.ts";

export interface Effort {
  /** Branches and their targets, calls, instructions that call the host; a loop is several. */
  branches: number;
  /** Blocks within blocks. */
  depth: number;
}

/** A loop costs an interrupt check, and every variable in it may change. */
const LOOP_BRANCHES = 8;

const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const END = 0x0b;
const BR = 0x0c;
const BR_IF = 0x0d;
const BR_TABLE = 0x0e;
const CALL = 0x10;
const RETURN_CALL_INDIRECT = 0x13;
const SELECT_TYPED = 0x1c;
const MEMORY_GROW = 0x40;
const BULK = 0xfc;
const SIMD = 0xfd;

/** Numbers (LEB128) behind an opcode; what has others is treated on its own. */
const NUMBERS = new Uint8Array(256);
for (const opcode of [BLOCK, LOOP, IF, BR, BR_IF, CALL, 0x12, 0x3f, MEMORY_GROW, 0x41, 0x42, 0xd0, 0xd2]) {
  NUMBERS[opcode] = 1;
}
for (const opcode of [0x11, RETURN_CALL_INDIRECT]) NUMBERS[opcode] = 2;
for (let opcode = 0x20; opcode <= 0x26; opcode++) NUMBERS[opcode] = 1;
for (let opcode = 0x28; opcode <= 0x3e; opcode++) NUMBERS[opcode] = 2;

/** Reads a function's instructions to their end. Throws `RangeError` when they are cut off. */
export function effortOf(body: WasmReader): Effort {
  const effort = { branches: 0, depth: 0 };
  let depth = 0;
  while (!body.done) {
    const opcode = body.byte();
    if (opcode >= BLOCK && opcode <= IF) {
      depth++;
      if (depth > effort.depth) effort.depth = depth;
    } else if (opcode === END) depth--;
    if (opcode === LOOP) effort.branches += LOOP_BRANCHES;
    else if (isBranch(opcode)) effort.branches++;
    if (opcode === BR_TABLE) effort.branches += skip(body, body.u32() + 1);
    else if (opcode === 0x43) body.bytes(4);
    else if (opcode === 0x44) body.bytes(8);
    else if (opcode === SELECT_TYPED) skip(body, body.u32());
    else if (opcode === BULK) effort.branches += bulk(body);
    else if (opcode === SIMD) simd(body);
    else skip(body, NUMBERS[opcode]!);
  }
  return effort;
}

const isBranch = (opcode: number): boolean =>
  opcode === IF ||
  opcode === BR ||
  opcode === BR_IF ||
  (opcode >= CALL && opcode <= RETURN_CALL_INDIRECT) ||
  opcode === MEMORY_GROW;

/** Passes over so many numbers; how many it were. */
function skip(body: WasmReader, count: number): number {
  for (let left = count; left > 0; left--) while (body.byte() >= 0x80);
  return count;
}

/** Truncations are instructions, all others call the host. */
function bulk(body: WasmReader): number {
  const which = body.u32();
  if (which <= 7) return 0;
  skip(body, [8, 10, 12, 14].includes(which) ? 2 : 1);
  return 1;
}

function simd(body: WasmReader): void {
  const which = body.u32();
  if (which <= 11 || which === 92 || which === 93) skip(body, 2);
  else if (which === 12 || which === 13) body.bytes(16);
  else if (which >= 21 && which <= 34) body.byte();
  else if (which >= 84 && which <= 91) {
    skip(body, 2);
    body.byte();
  }
}
