import { expect, test } from "bun:test";
import fc from "fast-check";
import { answering, assemble } from "../../test/support/wat.ts";
import { MODULE_BOUNDS, refuseModule } from "./check.ts";

const refusal = (text: string) => refuseModule(assemble(text));
const repeat = (text: string, times: number) => Array.from({ length: times }, () => text).join(" ");

test("takes a command for WASI preview 1", () => {
  expect(
    refusal(answering('(func (export "_start") (call $answer (i32.const 1024) (call $input)))')),
  ).toBeUndefined();
});

test.each([
  ["another import", '(module (import "env" "f" (func)) (func (export "_start")))', "imports env.f"],
  [
    "a function that WASI does not have",
    '(module (import "wasi_snapshot_preview1" "fork" (func)) (func (export "_start")))',
    "imports wasi_snapshot_preview1.fork",
  ],
  [
    "a WASI function with other parameters",
    '(module (import "wasi_snapshot_preview1" "fd_read" (func)) (func (export "_start")))',
    "other parameters",
  ],
  [
    "a memory of somebody else",
    '(module (import "wasi_snapshot_preview1" "fd_read" (memory 1)) (func (export "_start")))',
    "imports",
  ],
  ["a library", '(module (func (export "add")))', "build it as a command"],
  ["a beginning with parameters", '(module (func (export "_start") (param i32)))', "parameters"],
  ["a beginning that is no function", '(module (memory (export "_start") 1))', "no function _start"],
])("refuses %s as the miner's error, in words that help", (_, text, words) => {
  const refused = refusal(text);
  expect(refused?.outcome).toBe("error");
  expect(refused?.detail).toContain(words);
});

test.each([
  [
    "too many branches in one function",
    `(func (export "_start") ${repeat("(call 0)", MODULE_BOUNDS.functionBranches + 1)})`,
  ],
  [
    "loops, which cost more",
    `(func (export "_start") ${repeat("(loop)", MODULE_BOUNDS.functionBranches / 8 + 1)})`,
  ],
  [
    "a jump table without end",
    `(func (export "_start") (br_table ${repeat("0", MODULE_BOUNDS.functionBranches + 1)} (i32.const 0)))`,
  ],
  [
    "too many variables",
    `(func (export "_start") (local ${repeat("i32", MODULE_BOUNDS.functionLocals + 1)}))`,
  ],
  [
    "many variables at many branches",
    `(func (export "_start") (local ${repeat("i32", 1_000)}) ${repeat("(call 0)", 1_501)})`,
  ],
  [
    "a function that is too long",
    `(func (export "_start") ${repeat("(drop (i64.const 0x7fffffffffffffff))", 23_000)})`,
  ],
  [
    "data scattered over more memory than there can be an image of",
    `(memory 257) (func (export "_start")) ${repeat('(data (i32.const 0) "x")', MODULE_BOUNDS.scatteredSegments + 1)}`,
  ],
  [
    "too many branches in all",
    `(func (export "_start")) ${repeat(`(func ${repeat("(call 0)", 5_000)})`, MODULE_BOUNDS.branches / 5_000 + 1)}`,
  ],
])("refuses by policy, before anything is compiled: %s", (_, body) => {
  expect(refusal(`(module ${body})`)?.outcome).toBe("policy");
});

test("counts through every instruction that carries numbers", () => {
  const calling = (times: number) => `(module (memory 1) (table 2 funcref) (data $d "x") (elem $e func 0)
    (func (export "_start") (local f32 f64 v128)
      (local.set 0 (f32.const 1.5)) (local.set 1 (f64.const 2.5))
      (local.set 2 (v128.const i32x4 1 2 3 4))
      (local.set 2 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (local.get 2) (local.get 2)))
      (local.set 2 (v128.load8_lane 3 (i32.const 0) (local.get 2)))
      (local.set 2 (i8x16.replace_lane 5 (local.get 2) (i32.const 1)))
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop $d)
      (memory.copy (i32.const 0) (i32.const 8) (i32.const 4)) (memory.fill (i32.const 0) (i32.const 0) (i32.const 4))
      (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop $e)
      (drop (table.size)) (drop (i32.trunc_sat_f32_s (local.get 0)))
      (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3)))
      (drop (ref.is_null (ref.null func))) (drop (ref.func 0)) (drop (memory.grow (i32.const 0)))
      (i64.store offset=70000 (i32.const 0) (i64.const -5))
      ${repeat("(call 0)", times)}))`;
  const bulk = 8; // instructions above that call the host
  const room = MODULE_BOUNDS.functionBranches - bulk;
  expect(refusal(calling(room))).toBeUndefined();
  expect(refusal(calling(room + 1))?.detail).toContain(`has ${MODULE_BOUNDS.functionBranches + 1} branches`);
});

test("refuses blocks within blocks without end", () => {
  const levels = MODULE_BOUNDS.functionDepth + 1;
  const wasm = Buffer.from(assemble(`(module (func (export "_start") ${repeat("nop", levels * 3)}))`));
  const at = wasm.indexOf(Buffer.alloc(levels * 3, 1)); // no assembler nests this deep
  for (let level = 0; level < levels; level++) wasm.set([2, 0x40], at + level * 2);
  wasm.fill(0x0b, at + levels * 2, at + levels * 3);
  expect(refuseModule(wasm)?.detail).toContain("blocks within blocks");
});

test("refuses what is no module, is cut off or was changed anywhere, and never throws", () => {
  const whole = assemble(answering('(func (export "_start") (call $answer (i32.const 1024) (call $input)))'));
  const changed = fc.record({ cut: fc.nat(whole.length), at: fc.nat(whole.length - 1), byte: fc.nat(255) });
  fc.assert(
    fc.property(changed, ({ cut, at, byte }) => {
      const bytes = whole.slice(0, cut);
      if (at < cut) bytes[at] = byte;
      refuseModule(bytes);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => refuseModule(bytes)?.outcome === "error"),
  );
  expect(refuseModule(new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]))?.detail).toContain("component");
  expect(refuseModule(new Uint8Array(MODULE_BOUNDS.bytes + 1))?.outcome).toBe("policy");
});
