/** Finds the engine library: a path that was given, the cache, or the hash-pinned wheel of the Python package index. */
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { Failure } from "../../protocol/failure.ts";
import { type FetchWheelOptions, fetchWheel } from "../../runtime/wheels/fetch-wheel.ts";
import { WASMTIME_VERSION } from "./engine.ts";
import { ENGINE_PINS, type EnginePin } from "./engine-pins.ts";

export interface EngineLibraryOptions extends FetchWheelOptions {
  cacheDir: string;
  /** Use this file instead: the operator's own build of the same version. Its digest is not checked. */
  libraryPath?: string;
  platform?: string;
  pins?: Readonly<Record<string, EnginePin>>;
}

const HINT =
  "Install pip (python3-pip) or set PIP_INDEX_URL, then run `bun run isolate setup`; or give the library with --library PATH.";

/** The library's path when it is here already, checked; undefined when it would have to be fetched. */
export async function findEngineLibrary(options: EngineLibraryOptions): Promise<string | undefined> {
  if (options.libraryPath !== undefined) {
    if (await Bun.file(options.libraryPath).exists()) return options.libraryPath;
    throw new Failure("config", "the given engine library does not exist", {
      meta: { path: options.libraryPath },
      hint: "Correct the path, or leave it out to have the library fetched.",
    });
  }
  const pin = pinOf(options);
  const path = cachePath(options, pin);
  const file = Bun.file(path);
  return (await file.exists()) && sha256(await file.bytes()) === pin.librarySha256 ? path : undefined;
}

/** Fetches the library when it is not here. Throws `unavailable` when it cannot be had, `corrupt` for a wrong digest. */
export async function ensureEngineLibrary(options: EngineLibraryOptions): Promise<string> {
  const found = await findEngineLibrary(options);
  if (found !== undefined) return found;
  const pin = pinOf(options);
  const wheel = await fetchWheel({ ...pin, project: "wasmtime", version: WASMTIME_VERSION }, HINT, options);
  const library = unzipSync(wheel, { filter: (file) => file.name === pin.member })[pin.member];
  if (library === undefined || sha256(library) !== pin.librarySha256) {
    throw new Failure("corrupt", "the wheel does not hold the pinned library", {
      meta: { member: pin.member },
    });
  }
  const path = cachePath(options, pin);
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  try {
    await Bun.write(fresh, library, { mode: 0o444 });
    await rename(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
  options.onProgress?.(1);
  return path;
}

function pinOf(options: EngineLibraryOptions): EnginePin {
  const platform = options.platform ?? `${process.platform}-${process.arch}`;
  const pin = (options.pins ?? ENGINE_PINS)[platform];
  if (pin !== undefined) return pin;
  throw new Failure("config", `no Wasmtime library is pinned for ${platform}`, {
    hint: `Give libwasmtime ${WASMTIME_VERSION} for this platform with --library PATH, or use Docker.`,
  });
}

const cachePath = (options: EngineLibraryOptions, pin: EnginePin): string =>
  join(options.cacheDir, `wasmtime-${WASMTIME_VERSION}`, pin.tag, basename(pin.member));

const sha256 = (bytes: Uint8Array): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
