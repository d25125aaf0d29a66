/** Real isolates for tests: Wasmtime from the cache of this checkout, fetched and compiled on first use. */
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { fetchSettings } from "../../runtime/wheels/settings.ts";
import {
  createWasmtimeBackend,
  type WasmtimeBackend,
  type WasmtimeOptions,
} from "../../sandbox/wasmtime/backend.ts";

export function wasmtimeOptions(): WasmtimeOptions {
  const clock = createSystemClock();
  return {
    clock,
    spawn: createBunSpawn({ clock }),
    cacheDir: join(import.meta.dir, "..", "..", ".orrery", "cache"),
    root: process.getuid?.() === 0,
    fetch: (url, init) => fetch(url, init),
    ...fetchSettings(process.env),
  };
}

/** A prepared back end; the caller closes it. Fails when the engine cannot be had: it is a real component. */
export async function provisionWasmtime(changes: Partial<WasmtimeOptions> = {}): Promise<WasmtimeBackend> {
  const backend = createWasmtimeBackend({ ...wasmtimeOptions(), ...changes });
  await backend.prepare({});
  return backend;
}

/** For `test/run.ts`: a line when isolates cannot run here, which with CI=true is a failure. */
export async function provisionIsolates(): Promise<{ ok: boolean; missing: string[] }> {
  try {
    const backend = await provisionWasmtime();
    await backend.close();
    return { ok: true, missing: [] };
  } catch (thrown) {
    const failure = Failure.from(thrown);
    return { ok: process.env.CI !== "true", missing: [`wasmtime: ${failure.toLine()}`] };
  }
}
