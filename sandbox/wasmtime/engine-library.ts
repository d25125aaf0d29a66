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
  /**
   * Use this file instead of fetching one: a wheel, which must be the pinned one, or a library of the operator's own
   * building, whose digest nobody knows.
   */
  libraryPath?: string;
  platform?: string;
  pins?: Readonly<Record<string, EnginePin>>;
}

const hintFor = ({ wheel }: EnginePin): string =>
  "Install pip (python3-pip) or set PIP_INDEX_URL, then run `bun run isolate setup`. " +
  `Without either, download ${wheel} elsewhere and give it: \`bun run isolate setup --engine FILE\`.`;

/** The library's path when it is here already, checked; undefined when it would have to be fetched. */
export async function findEngineLibrary(options: EngineLibraryOptions): Promise<string | undefined> {
  if (options.libraryPath !== undefined) {
    if (!(await Bun.file(options.libraryPath).exists())) {
      throw new Failure("config", "the given engine library does not exist", {
        meta: { path: options.libraryPath },
        hint: "Correct the path, or leave it out to have the library fetched.",
      });
    }
    if (!isWheel(options.libraryPath)) return options.libraryPath;
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
  const wheel =
    options.libraryPath === undefined
      ? await fetchWheel({ ...pin, project: "wasmtime", version: WASMTIME_VERSION }, hintFor(pin), options)
      : await readWheel(options.libraryPath, pin);
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

const isWheel = (path: string): boolean => path.endsWith(".whl");

/** A wheel that was brought here by hand: taken only when it is the pinned one, whatever it is called. */
async function readWheel(path: string, pin: EnginePin): Promise<Uint8Array> {
  const wheel = await Bun.file(path).bytes();
  const found = sha256(wheel);
  if (found === pin.wheelSha256) return wheel;
  throw new Failure("corrupt", "the given wheel is not the pinned one for this machine", {
    meta: { path, found, expected: pin.wheelSha256 },
    hint: `Download ${pin.wheel}; nothing was installed.`,
  });
}

function pinOf(options: EngineLibraryOptions): EnginePin {
  const platform = options.platform ?? `${process.platform}-${process.arch}`;
  const pin = (options.pins ?? ENGINE_PINS)[platform];
  if (pin !== undefined) return pin;
  throw new Failure("config", `no Wasmtime library is pinned for ${platform}`, {
    hint: `Give libwasmtime ${WASMTIME_VERSION} for this platform with --engine PATH, or use Docker.`,
  });
}

const cachePath = (options: EngineLibraryOptions, pin: EnginePin): string =>
  join(options.cacheDir, `wasmtime-${WASMTIME_VERSION}`, pin.tag, basename(pin.member));

const sha256 = (bytes: Uint8Array): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
