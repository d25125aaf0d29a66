/** Compiles a module ahead of time; the code, or why it is no module. */
import { type Pointer, toArrayBuffer } from "bun:ffi";
import { errorText, expectOk, fromSlot, openWasmtime, slot } from "./c-api.ts";
import { createEngine } from "./engine.ts";

/** Uses both time and memory without bound: whoever calls it with bytes of strangers does it behind limits. */
export function compile(libraryPath: string, wasm: Uint8Array): Uint8Array | string {
  const api = openWasmtime(libraryPath).symbols;
  const engine = createEngine(api);
  const module = slot();
  const refused = api.wasmtime_module_new(engine, wasm, wasm.length, module);
  if (refused !== null) return errorText(api, refused);
  const vec = new BigUint64Array(2);
  expectOk(api, api.wasmtime_module_serialize(fromSlot(module), vec), "serialise the module");
  return new Uint8Array(toArrayBuffer(Number(vec[1]) as Pointer, 0, Number(vec[0])));
}
