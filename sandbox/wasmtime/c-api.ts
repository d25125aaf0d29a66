/**
 * The part of Wasmtime's C API that isolates use, as bun:ffi symbols. Nothing checks a pointer at run time. What runs in the
 * child throws plain errors: it starts anew for every submission and imports nothing that it can do without.
 */
import { dlopen, type Pointer, toArrayBuffer } from "bun:ffi";

/** Handles are pointers that must not be mixed up; the brand makes the compiler refuse to. */
export type Handle<Name extends string> = Pointer & { readonly handle: Name };

export const openWasmtime = (path: string) =>
  dlopen(path, {
    wasm_config_new: { args: [], returns: "ptr" },
    wasm_engine_new_with_config: { args: ["ptr"], returns: "ptr" },
    wasmtime_engine_increment_epoch: { args: ["ptr"], returns: "void" },
    wasmtime_config_consume_fuel_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_epoch_interruption_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_parallel_compilation_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_cranelift_nan_canonicalization_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_gc_support_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_wasm_threads_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_wasm_gc_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_wasm_function_references_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_wasm_exceptions_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_wasm_memory64_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_wasm_multi_memory_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_wasm_relaxed_simd_deterministic_set: { args: ["ptr", "bool"], returns: "void" },
    wasmtime_config_async_stack_size_set: { args: ["ptr", "usize"], returns: "void" },
    wasmtime_config_max_wasm_stack_set: { args: ["ptr", "usize"], returns: "void" },
    wasmtime_config_cranelift_opt_level_set: { args: ["ptr", "u8"], returns: "void" },
    wasmtime_module_new: { args: ["ptr", "ptr", "usize", "ptr"], returns: "ptr" },
    wasmtime_module_serialize: { args: ["ptr", "ptr"], returns: "ptr" },
    wasmtime_module_deserialize_file: { args: ["ptr", "ptr", "ptr"], returns: "ptr" },
    wasmtime_store_new: { args: ["ptr", "ptr", "ptr"], returns: "ptr" },
    wasmtime_store_context: { args: ["ptr"], returns: "ptr" },
    wasmtime_store_delete: { args: ["ptr"], returns: "void" },
    wasmtime_store_limiter: { args: ["ptr", "i64", "i64", "i64", "i64", "i64"], returns: "void" },
    wasmtime_context_set_fuel: { args: ["ptr", "u64"], returns: "ptr" },
    wasmtime_context_get_fuel: { args: ["ptr", "ptr"], returns: "ptr" },
    wasmtime_context_set_epoch_deadline: { args: ["ptr", "u64"], returns: "void" },
    wasmtime_linker_new: { args: ["ptr"], returns: "ptr" },
    wasmtime_linker_define_func: {
      args: ["ptr", "ptr", "usize", "ptr", "usize", "ptr", "ptr", "ptr", "ptr"],
      returns: "ptr",
    },
    wasmtime_linker_instantiate_pre: { args: ["ptr", "ptr", "ptr"], returns: "ptr" },
    wasmtime_instance_pre_instantiate: { args: ["ptr", "ptr", "ptr", "ptr"], returns: "ptr" },
    wasmtime_instance_export_get: { args: ["ptr", "ptr", "ptr", "usize", "ptr"], returns: "bool" },
    wasmtime_func_call: {
      args: ["ptr", "ptr", "ptr", "usize", "ptr", "usize", "ptr"],
      returns: "ptr",
    },
    wasmtime_memory_data: { args: ["ptr", "ptr"], returns: "ptr" },
    wasmtime_memory_data_size: { args: ["ptr", "ptr"], returns: "usize" },
    wasm_functype_new: { args: ["ptr", "ptr"], returns: "ptr" },
    wasm_valtype_new: { args: ["u8"], returns: "ptr" },
    wasm_valtype_vec_new: { args: ["ptr", "usize", "ptr"], returns: "void" },
    wasmtime_trap_new: { args: ["ptr", "usize"], returns: "ptr" },
    wasmtime_trap_code: { args: ["ptr", "ptr"], returns: "bool" },
    wasm_trap_message: { args: ["ptr", "ptr"], returns: "void" },
    wasm_trap_delete: { args: ["ptr"], returns: "void" },
    wasmtime_error_message: { args: ["ptr", "ptr"], returns: "void" },
    wasmtime_error_delete: { args: ["ptr"], returns: "void" },
    wasm_byte_vec_delete: { args: ["ptr"], returns: "void" },
  });
type WasmtimeLibrary = ReturnType<typeof openWasmtime>;
export type Wasmtime = WasmtimeLibrary["symbols"];

/** What a C function returns as `ptr`; Bun gives null for 0. */
export type Returned = Pointer | bigint | null;

/** NUL-terminated UTF-8; the caller keeps it referenced until the call returns. */
export const cString = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);

/** A slot for one pointer that C fills in. */
export const slot = (): BigUint64Array<ArrayBuffer> => new BigUint64Array(1);
export const fromSlot = <Name extends string>(out: BigUint64Array): Handle<Name> =>
  Number(out[0]) as Handle<Name>;

/** Text of a `wasm_byte_vec_t` that C filled in, capped, its memory given back. */
export function takeText(api: Wasmtime, vec: BigUint64Array, cap = 2_000): string {
  const size = Math.min(Number(vec[0]), cap);
  const text =
    size === 0
      ? ""
      : new TextDecoder().decode(new Uint8Array(toArrayBuffer(Number(vec[1]) as Pointer, 0, size)));
  api.wasm_byte_vec_delete(vec);
  return text.replaceAll("\0", "");
}

/** Throws the message of a non-null `wasmtime_error_t*`. Only our own calls end here, never the guest's doing. */
export function expectOk(api: Wasmtime, error: Returned, doing: string): void {
  if (error === null) return;
  throw new Error(`wasmtime could not ${doing}: ${errorText(api, error)}`);
}

/** The message of an error, which is deleted. */
export function errorText(api: Wasmtime, error: Returned): string {
  const vec = new BigUint64Array(2);
  api.wasmtime_error_message(error as Pointer, vec);
  api.wasmtime_error_delete(error as Pointer);
  return takeText(api, vec);
}
