/** WebAssembly for tests: text in, what a submission carries out. */
import type { IsolateRequest } from "../../protocol/isolate.ts";
import { DEFAULT_LIMITS } from "../../protocol/isolate.ts";
import { assembler } from "./assembler.ts";

/** Assembles a module. Throws what is wrong with the text, or why there is no assembler here. */
export const assemble = await assembler().catch((thrown: unknown) => (): Uint8Array => {
  throw thrown;
});

/** A request that runs a module, given as text or as bytes. */
export const moduleRequest = (
  module: string | Uint8Array,
  changes: Partial<IsolateRequest> = {},
): IsolateRequest => ({
  runtime: "wasm",
  files: {
    "main.wasm": Buffer.from(typeof module === "string" ? assemble(module) : module).toString("base64"),
  },
  entry: "main.wasm",
  cases: [1],
  limits: DEFAULT_LIMITS,
  seed: 7,
  ...changes,
});

/** The smallest thing that answers: `body` runs with `$answer` (address, size), `$input` and `$say` at hand. */
export const answering = (body: string): string => `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (func $write (param $descriptor i32) (param $at i32) (param $size i32) (result i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $size))
    (call $fd_write (local.get $descriptor) (i32.const 0) (i32.const 1) (i32.const 8)))
  (func $answer (param $at i32) (param $size i32)
    (drop (call $write (i32.const 3) (local.get $at) (local.get $size))))
  (func $say (param $at i32) (param $size i32)
    (drop (call $write (i32.const 1) (local.get $at) (local.get $size))))
  (func $input (result i32)
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.const 60000))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.load (i32.const 8)))
  ${body})`;
