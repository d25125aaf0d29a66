/**
 * Ahead-of-time modules of ours: pre-initialised and compiled once in a child from a pinned .wasm, stored under an address
 * that names all inputs.
 */
import { chmod, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../../protocol/failure.ts";
import type { Spawn } from "../../runtime/ports/spawn.ts";
import type { FrozenLanguage } from "./build-module.ts";
import { ENGINE_PROFILE, WASMTIME_VERSION } from "./engine.ts";

/** Changes to how modules are pre-initialised change what comes out; the name goes into the file's name. */
const FREEZE_RECIPE = "frozen1";

export interface CompiledModule {
  readonly path: string;
  /** SHA-256 of the WebAssembly that was compiled: the same on every machine, unlike the compiled code. */
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
  /** Pre-initialise the module with this harness before it is compiled. */
  freeze?: { language: FrozenLanguage; harnessPath: string };
  signal?: AbortSignal;
  onCompile?: () => void;
}

/** The compiled module from the cache, or made now (seconds). Throws `corrupt` for a .wasm with another digest. */
export async function compiledModule(options: CompileOptions): Promise<CompiledModule> {
  const path = await modulePath(options);
  const before = await identityOf(path);
  const found = await intact(path);
  if (found !== undefined) {
    return { path, wasmSha256: found.wasmSha256, verify: verifier(path, found.codeSha256, before) };
  }
  const { wasmSha256, codeSha256 } = await build(options, path);
  return { path, wasmSha256, verify: verifier(path, codeSha256) };
}

/** Whether the first run would find the module in the cache, whole. */
export const isCompiled = async (options: CompileOptions): Promise<boolean> =>
  (await intact(await modulePath(options))) !== undefined;

async function modulePath({ cacheDir, wasmSha256, freeze }: CompileOptions): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const harness = freeze === undefined ? "plain" : (await sha256Of(freeze.harnessPath))?.slice(0, 12);
  const how = freeze === undefined ? harness : `${FREEZE_RECIPE}-${harness}`;
  const name = `${wasmSha256.slice(0, 16)}-${how}-wasmtime-${WASMTIME_VERSION}-${ENGINE_PROFILE}-${platform}`;
  return join(cacheDir, "modules", `${name}.cwasm`);
}

interface Digests {
  readonly wasmSha256: string;
  readonly codeSha256: string;
}

async function build(options: CompileOptions, path: string): Promise<Digests> {
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
  const { freeze } = options;
  try {
    const script = fileURLToPath(new URL("./build-module.ts", import.meta.url));
    const how = freeze === undefined ? [] : [freeze.language, freeze.harnessPath];
    const result = await options.spawn.run({
      command: [process.execPath, script, options.libraryPath, options.wasmPath, fresh, ...how],
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (options.signal?.aborted) throw new Failure("cancelled", "compiling was cancelled");
    const wasmSha256 = new TextDecoder().decode(result.stdout).trim();
    if (result.exitCode !== 0) {
      throw new Failure("unavailable", "the WebAssembly module could not be compiled", {
        meta: {
          exitCode: result.exitCode,
          stderr: new TextDecoder().decode(result.stderr).trim().slice(0, 500),
        },
        hint: "Check free disk space and memory, then run `bun run isolate setup`.",
      });
    }
    const codeSha256 = (await sha256Of(fresh)) ?? "";
    await Bun.write(`${path}.sha256`, `${codeSha256} ${wasmSha256}`);
    await chmod(fresh, 0o444);
    await rename(fresh, path);
    return { wasmSha256, codeSha256 };
  } finally {
    await rm(fresh, { force: true });
  }
}

/** What stored code is and was made of. Wasmtime trusts it blindly, so changed code is made anew. */
async function intact(path: string): Promise<Digests | undefined> {
  const sidecar = Bun.file(`${path}.sha256`);
  if (!(await sidecar.exists())) return undefined;
  const [codeSha256, wasmSha256] = (await sidecar.text()).trim().split(" ");
  if (codeSha256 === undefined || wasmSha256 === undefined) return undefined;
  return (await sha256Of(path)) === codeSha256 ? { wasmSha256, codeSha256 } : undefined;
}

/**
 * Before each load the file must be the very file that was hashed, untouched since, or one with the same digest
 * (another node compiled it too). `hashed` is its identity from before it was hashed, if it was. A change time cannot be
 * set back without root.
 */
export function verifier(path: string, digest: string, hashed?: string): () => Promise<void> {
  let checked = hashed;
  return async () => {
    const now = await identityOf(path);
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

/** Changes whenever anybody touches the file. */
export async function identityOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? "gone" : [found.dev, found.ino, found.size, found.ctimeNs].join(":");
}

async function sha256Of(path: string): Promise<string | undefined> {
  const file = Bun.file(path);
  if (!(await file.exists())) return undefined;
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of file.stream()) hasher.update(chunk);
  return hasher.digest("hex");
}
