/** WebAssembly text to bytes, by the assembler that comes with the engine. It does not care whether a module is valid. */
import { dlopen, type Pointer, ptr, toArrayBuffer } from "bun:ffi";
import { ensureEngineLibrary } from "../../sandbox/wasmtime/engine-library.ts";
import { wasmtimeOptions } from "../provision/isolates.ts";

const VEC = 2; // size and address

/** Throws what the assembler says of a text that it does not understand. */
export async function assembler(): Promise<(text: string) => Uint8Array> {
  const { symbols } = dlopen(await ensureEngineLibrary(wasmtimeOptions()), {
    wasmtime_wat2wasm: { args: ["ptr", "usize", "ptr"], returns: "ptr" },
    wasmtime_error_message: { args: ["ptr", "ptr"], returns: "void" },
    wasm_byte_vec_delete: { args: ["ptr"], returns: "void" },
  });
  const taken = (vec: BigUint64Array): Uint8Array => {
    const [size, at] = [Number(vec[0]), Number(vec[1]) as Pointer];
    const bytes = size === 0 ? new Uint8Array() : new Uint8Array(toArrayBuffer(at, 0, size)).slice();
    symbols.wasm_byte_vec_delete(ptr(vec));
    return bytes;
  };
  return (text) => {
    const source = new TextEncoder().encode(text);
    const vec = new BigUint64Array(VEC);
    const error = symbols.wasmtime_wat2wasm(ptr(source), source.length, ptr(vec));
    if (error === null) return taken(vec);
    symbols.wasmtime_error_message(error, ptr(vec));
    throw new Error(new TextDecoder().decode(taken(vec)));
  };
}
