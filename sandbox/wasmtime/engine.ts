/** The engine every isolate runs on. Its settings decide fuel and code, so they are part of every module's address. */
import type { Pointer } from "bun:ffi";
import { cString, expectOk, fromSlot, type Handle, slot, type Wasmtime } from "./c-api.ts";

export const WASMTIME_VERSION = "50.0.1";

/** Changes here change the compiled code: the name goes into the module's file name and the isolate's identity. */
export const ENGINE_PROFILE = "fuel-epoch-nan-stack3m-o1-mvp2";

/**
 * Room for interpreters to meet their own limits of recursion first, which are the same on every machine: how much of
 * this stack a call takes is not. It must leave the thread's own (8 MiB, of which JavaScript takes 5) enough for the host.
 */
const WASM_STACK_BYTES = 3 * 1024 * 1024;
/** Wasmtime aborts at start when this, which nothing here uses, is not larger. */
const HOST_STACK_BYTES = 1024 * 1024;
const OPTIMISE_FOR_SPEED = 1;

const OFF = ["threads", "gc", "function_references", "exceptions", "memory64", "multi_memory"] as const;

export type Engine = Handle<"engine">;
export type Module = Handle<"module">;

/**
 * A deterministic engine: fuel metered, epochs as the middle layer, NaNs canonical, no threads. Proposals that the
 * compilers of today need are on; whose memory the store's limiter would not see, or that nobody needs, are off.
 */
export function createEngine(api: Wasmtime): Engine {
  const config = api.wasm_config_new() as Pointer;
  api.wasmtime_config_consume_fuel_set(config, true);
  api.wasmtime_config_epoch_interruption_set(config, true);
  api.wasmtime_config_cranelift_nan_canonicalization_set(config, true);
  api.wasmtime_config_wasm_relaxed_simd_deterministic_set(config, true);
  for (const proposal of OFF) api[`wasmtime_config_wasm_${proposal}_set`](config, false);
  api.wasmtime_config_gc_support_set(config, false);
  api.wasmtime_config_async_stack_size_set(config, WASM_STACK_BYTES + HOST_STACK_BYTES);
  api.wasmtime_config_max_wasm_stack_set(config, WASM_STACK_BYTES);
  api.wasmtime_config_cranelift_opt_level_set(config, OPTIMISE_FOR_SPEED);
  const engine = api.wasm_engine_new_with_config(config);
  if (engine === null) throw new Error("wasmtime could not create an engine");
  return engine as Engine;
}

/**
 * Loads an ahead-of-time module. Wasmtime trusts the file: the caller has checked its digest. Initial memory is mapped
 * from it, so that an instance of a large module is made in no time.
 */
export function loadModule(api: Wasmtime, engine: Engine, path: string): Module {
  const out = slot();
  expectOk(api, api.wasmtime_module_deserialize_file(engine, cString(path), out), "load the module");
  return fromSlot<"module">(out);
}
