/** Child process: compiles one trusted module ahead of time. `compile.ts LIBRARY WASM OUT` */
import { type Pointer, toArrayBuffer } from "bun:ffi";
import { expectOk, fromSlot, openWasmtime, slot } from "./c-api.ts";
import { createEngine } from "./engine.ts";

export async function compile(libraryPath: string, wasmPath: string, outPath: string): Promise<void> {
  const api = openWasmtime(libraryPath).symbols;
  const engine = createEngine(api);
  const wasm = await Bun.file(wasmPath).bytes();
  const module = slot();
  expectOk(api, api.wasmtime_module_new(engine, wasm, wasm.length, module), "compile the module");
  const vec = new BigUint64Array(2);
  expectOk(api, api.wasmtime_module_serialize(fromSlot(module), vec), "serialise the module");
  await Bun.write(outPath, new Uint8Array(toArrayBuffer(Number(vec[1]) as Pointer, 0, Number(vec[0]))));
}

if (import.meta.main) {
  const [libraryPath, wasmPath, outPath] = process.argv.slice(2);
  if (libraryPath === undefined || wasmPath === undefined || outPath === undefined) process.exit(2);
  await compile(libraryPath, wasmPath, outPath);
  process.exit(0);
}
