/** Everything that has to be there before the first isolate: engine, compiled modules, layers of hardening, child program. */
import type { Clock } from "../../runtime/ports/clock.ts";
import type { PythonBuild } from "../backends.ts";
import type { IsolateBackend } from "../isolate.ts";
import { bundleChild, type ChildFiles } from "./child-files.ts";
import { ENGINE_PROFILE, WASMTIME_VERSION } from "./engine.ts";
import { type EngineLibraryOptions, ensureEngineLibrary, findEngineLibrary } from "./engine-library.ts";
import { LANGUAGES, type Language, moduleOptions } from "./languages.ts";
import { type Layers, prepareLayers } from "./layers.ts";
import { type CompiledModule, type CompileOptions, compiledModule, isCompiled } from "./modules.ts";

export interface WasmtimeOptions extends Omit<EngineLibraryOptions, "signal" | "onProgress"> {
  clock: Clock;
  /** Whether this process is root; then isolates run as `uid`. */
  root: boolean;
  uid?: number;
  /** How Python starts: `frozen` by default. All validators of a subnet need the same, since fuel differs. */
  python?: PythonBuild;
}

export interface PreparedLanguage {
  readonly module: CompiledModule;
  readonly harness: string;
  /** Engine and harness, by name, for the isolate's identity. */
  readonly engine: string;
}

export interface Prepared extends Layers {
  readonly languages: Readonly<Record<Language, PreparedLanguage>>;
}

const NAMES = Object.keys(LANGUAGES) as Language[];

/** Fetches and compiles what is missing. `tries` starts a child behind all layers; it throws when that does not work. */
export async function prepareWasmtime(
  options: WasmtimeOptions,
  { signal, onProgress }: Parameters<IsolateBackend["prepare"]>[0],
  tries: (at: Layers, signal?: AbortSignal) => Promise<void>,
): Promise<Prepared> {
  const abort = signal === undefined ? {} : { signal };
  const missing = await missingPart(options);
  const progress = (label: string, fraction: number) => {
    if (missing !== undefined) onProgress?.({ label, fraction }); // a start that fetches nothing is too short to show
  };
  progress("fetching Wasmtime", 0);
  const library = await ensureEngineLibrary({
    ...options,
    ...abort,
    onProgress: (fraction) => progress("fetching Wasmtime", fraction * 0.4),
  });
  const languages: Partial<Record<Language, PreparedLanguage>> = {};
  for (const [index, name] of NAMES.entries()) {
    const onCompile = () =>
      progress(`compiling ${LANGUAGES[name].title}`, 0.4 + (index * 0.5) / NAMES.length);
    const module = await compiledModule({ ...compileOptions(options, name, library), ...abort, onCompile });
    const harness = await Bun.file(LANGUAGES[name].harness).text();
    languages[name] = { module, harness, engine: engineName(harness) };
  }
  const made = languages as Record<Language, PreparedLanguage>;
  progress("trying an isolate", 0.9);
  const script = await bundleChild(options.cacheDir);
  const modules = Object.fromEntries(NAMES.map((name) => [name, made[name].module.path]));
  const files: ChildFiles = { bun: process.execPath, library, modules, script };
  const layers = await prepareLayers({ ...options, ...abort }, files, (at) => tries(at, signal));
  progress("isolates ready", 1);
  return { ...layers, languages: made };
}

/** What the first run would have to fetch or compile. */
export async function missingPart(options: WasmtimeOptions): Promise<string | undefined> {
  const library = await findEngineLibrary(options);
  if (library === undefined) return "the Wasmtime library is not here yet";
  for (const name of NAMES) {
    if (!(await isCompiled(compileOptions(options, name, library)))) {
      return `${LANGUAGES[name].title} is not compiled yet`;
    }
  }
  return undefined;
}

function compileOptions(options: WasmtimeOptions, language: Language, libraryPath: string): CompileOptions {
  const { spawn, cacheDir, python = "frozen" } = options;
  return { spawn, cacheDir, libraryPath, ...moduleOptions(language, python) };
}

function engineName(harness: string): string {
  const digest = new Bun.CryptoHasher("sha256").update(harness).digest("hex").slice(0, 12);
  return `${ENGINE_NAME} harness ${digest}`;
}

export const ENGINE_NAME = `wasmtime ${WASMTIME_VERSION} ${ENGINE_PROFILE}`;
