/** Isolates in Wasmtime: one disposable hardened process per submission, one fresh interpreter per case. */
import { fileURLToPath } from "node:url";
import { Failure } from "../../protocol/failure.ts";
import type { CaseResult, IsolateEvidence, IsolateRequest } from "../../protocol/isolate.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { checkRequest, refusedSubmission } from "../admission.ts";
import { detectHardening, type Hardening } from "../hardening.ts";
import type { IsolateBackend } from "../isolate.ts";
import { asciiJson, HARNESS_URL } from "../python/program.ts";
import { guestRequest, runCase } from "./case.ts";
import { bundleChild, type ChildFiles, stage } from "./child-files.ts";
import { ChildProcess } from "./child-process.ts";
import { ENGINE_PROFILE, WASMTIME_VERSION } from "./engine.ts";
import { type EngineLibraryOptions, ensureEngineLibrary, findEngineLibrary } from "./engine-library.ts";
import { type CompiledModule, compiledModule, isCompiled, PYTHON_SHA256, PYTHON_WASM } from "./modules.ts";

export interface WasmtimeOptions extends Omit<EngineLibraryOptions, "signal" | "onProgress"> {
  clock: Clock;
  /** Whether this process is root; then isolates run as `uid`. */
  root: boolean;
  uid?: number;
}

export interface WasmtimeBackend extends IsolateBackend {
  /** Layers around the isolates, once prepared. */
  hardening(): Hardening | undefined;
}

interface Prepared {
  readonly hardening: Hardening;
  readonly module: CompiledModule;
  readonly files: ChildFiles;
  readonly harness: string;
  readonly engine: string;
  readonly remove: () => Promise<void>;
}

const RUNS: Pick<IsolateBackend, "name" | "runtimes"> = { name: "wasmtime", runtimes: ["python"] };

type PrepareOptions = Parameters<IsolateBackend["prepare"]>[0];

export function createWasmtimeBackend(options: WasmtimeOptions): WasmtimeBackend {
  let prepared: Promise<Prepared> | undefined;
  let ready: Prepared | undefined;
  let closed = false;
  const live = new Set<ChildProcess>();

  const start = (at: Pick<Prepared, "hardening" | "files">, outputBytes: number): ChildProcess => {
    const { bun, script, library, module } = at.files;
    const command = at.hardening.wrap([bun, script, library, module]);
    const child = new ChildProcess({ command, clock: options.clock, outputBytes });
    live.add(child);
    return child;
  };
  const stop = async (child: ChildProcess): Promise<void> => {
    await child.kill();
    live.delete(child);
  };
  /** Whether a child can be started behind all layers; the failure says why not. */
  const tries = async (at: Pick<Prepared, "hardening" | "files">, signal?: AbortSignal) => {
    const child = start(at, 1);
    try {
      await child.ready(signal);
    } finally {
      await stop(child);
    }
  };

  const prepare = async ({ signal, onProgress }: PrepareOptions): Promise<Prepared> => {
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
    const module = await compiledModule({
      ...moduleOptions(options, library),
      ...abort,
      onCompile: () => progress("compiling Python", 0.4),
    });
    progress("trying an isolate", 0.9);
    const hardening = await detectHardening({ ...options, ...abort });
    const script = await bundleChild(options.cacheDir);
    let files: ChildFiles = { bun: process.execPath, library, module: module.path, script };
    let remove = async () => {};
    try {
      await tries({ hardening, files }, signal);
    } catch (thrown) {
      if (!options.root || Failure.from(thrown).code === "cancelled") throw thrown;
      ({ files, remove } = await stage(files));
      await tries({ hardening, files }, signal).catch(async (error) => {
        await remove();
        throw error;
      });
    }
    const harness = await Bun.file(HARNESS_URL).text();
    const digest = new Bun.CryptoHasher("sha256").update(harness).digest("hex").slice(0, 12);
    const engine = `wasmtime ${WASMTIME_VERSION} ${ENGINE_PROFILE} harness ${digest}`;
    progress("isolates ready", 1);
    return { hardening, module, files, harness, engine, remove };
  };

  const prepareOnce = async (given: PrepareOptions): Promise<Prepared> => {
    if (closed) throw new Failure("unavailable", "the isolate back end is closed");
    prepared ??= prepare(given);
    try {
      ready = await prepared;
      return ready;
    } catch (thrown) {
      prepared = undefined; // a later call may have better luck
      throw thrown;
    }
  };

  return {
    ...RUNS,
    hardening: () => ready?.hardening,
    layers: () => ready?.hardening.layers ?? [],
    async prepare(given) {
      await prepareOnce(given);
    },
    async check() {
      try {
        const missing = ready === undefined ? await missingPart(options) : undefined;
        if (missing !== undefined) {
          return { ok: false, reason: missing, hint: "Run `bun run isolate setup`." };
        }
        const { hardening } = await prepareOnce({});
        const active = hardening.layers.filter((layer) => layer.active).map((layer) => layer.name);
        return { ok: true, detail: `wasmtime ${WASMTIME_VERSION}, layers: ${active.join(", ") || "none"}` };
      } catch (thrown) {
        const failure = Failure.from(thrown);
        return { ok: false, reason: failure.message, hint: failure.hint ?? "Run `bun run doctor`." };
      }
    },
    async run(request, options = {}) {
      const { signal, tools } = options;
      checkRequest(request, RUNS, tools);
      const at = await prepareOnce({}); // shared by all runs, so that no single one may cancel it
      await at.module.verify();
      const refused = refusedSubmission(request);
      if (refused !== undefined) return evidence(request, refused, at);
      const cases = request.cases?.map((input) => [asciiJson(input)]) ?? [[]];
      const results: CaseResult[] = [];
      let child: ChildProcess | undefined;
      try {
        for (const [index, inputs] of cases.entries()) {
          signal?.throwIfAborted();
          if (child === undefined) {
            child = start(at, request.limits.outputBytes);
            await child.ready(signal);
          }
          const result = await runCase(
            child,
            guestRequest(request, inputs, index, at.harness),
            request,
            options,
          );
          results.push(result.case);
          if (!result.reusable) {
            await stop(child);
            child = undefined;
          }
        }
      } catch (thrown) {
        if (signal?.aborted) throw new Failure("cancelled", "the isolate was cancelled", { cause: thrown });
        throw thrown;
      } finally {
        if (child !== undefined) await stop(child);
      }
      return evidence(request, results, at);
    },
    async close() {
      closed = true;
      await Promise.all([...live].map(stop));
      await prepared?.then(
        ({ remove }) => remove(),
        () => {},
      );
    },
  };
}

function evidence(request: IsolateRequest, cases: CaseResult[], at: Prepared): IsolateEvidence {
  const { runtime, limits } = request;
  return {
    cases,
    isolate: { backend: "wasmtime", engine: at.engine, runtime, digest: at.module.wasmSha256, limits },
  };
}

/** What the first run would have to fetch or compile. */
async function missingPart(options: WasmtimeOptions): Promise<string | undefined> {
  const library = await findEngineLibrary(options);
  if (library === undefined) return "the Wasmtime library is not here yet";
  if (!(await isCompiled(moduleOptions(options, library)))) return "Python is not compiled yet";
  return undefined;
}

function moduleOptions(options: WasmtimeOptions, libraryPath: string) {
  return {
    spawn: options.spawn,
    cacheDir: options.cacheDir,
    libraryPath,
    wasmPath: fileURLToPath(import.meta.resolve(PYTHON_WASM)),
    wasmSha256: PYTHON_SHA256,
  };
}
