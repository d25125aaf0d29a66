/** Isolates in Wasmtime: one disposable hardened process per submission, one fresh interpreter per case. */
import { Failure } from "../../protocol/failure.ts";
import {
  type CaseResult,
  DEFAULT_LIMITS,
  type IsolateEvidence,
  type IsolateLimits,
  type IsolateRequest,
} from "../../protocol/isolate.ts";
import { checkRequest, refusedCases, refusedSubmission } from "../admission.ts";
import type { Hardening } from "../hardening.ts";
import type { IsolateBackend, RunOptions } from "../isolate.ts";
import { createCodeCache } from "../wasm-guest/code-cache.ts";
import { createGuestCompiler, type GuestCompiler } from "../wasm-guest/compiler.ts";
import { ChildProcess } from "./child-process.ts";
import { WASMTIME_VERSION } from "./engine.ts";
import type { Language } from "./languages.ts";
import type { Layers } from "./layers.ts";
import { ENGINE_NAME, missingPart, type Prepared, prepareWasmtime, type WasmtimeOptions } from "./prepare.ts";
import { type Children, runSubmission } from "./submission.ts";

export type { WasmtimeOptions } from "./prepare.ts";

export interface WasmtimeBackend extends IsolateBackend {
  /** Layers around the isolates, once prepared. */
  hardening(): Hardening | undefined;
}

const RUNS: Pick<IsolateBackend, "name" | "runtimes"> = {
  name: "wasmtime",
  runtimes: ["python", "javascript", "wasm"],
};

/** What a child does: runs guests of a language or of a submitted module, or compiles one. */
type ChildKind = Language | "wasm" | "compile";

/** Compiled code comes as one answer; in base64 and with what a frame may have more, this is enough for any. */
const MAX_CODE = 16 * 1024 * 1024;

/** What a compiler may use beside what every child has; see wasm-guest/effort.ts. */
const COMPILER_BYTES = 1024 * 1024 * 1024;

type ChildLimits = Pick<IsolateLimits, "outputBytes" | "memoryBytes">;
type PrepareOptions = Parameters<IsolateBackend["prepare"]>[0];

export function createWasmtimeBackend(options: WasmtimeOptions): WasmtimeBackend {
  let prepared: Promise<Prepared> | undefined;
  let ready: Prepared | undefined;
  let closed = false;
  const live = new Set<ChildProcess>();
  let compiler: GuestCompiler | undefined;

  const start = (
    at: Layers,
    kind: ChildKind,
    { outputBytes, memoryBytes }: ChildLimits,
    shown: readonly string[] = [],
  ): ChildProcess => {
    const { bun, script, library, modules } = at.files;
    const module = modules[kind];
    const group = at.group(memoryBytes);
    const command = at.hardening.wrap(
      [bun, script, library, kind, ...(module === undefined ? [] : [module]), ...shown],
      { group, shown },
    );
    const child = new ChildProcess({ command, clock: options.clock, outputBytes, group });
    live.add(child);
    return child;
  };
  const stop = async (child: ChildProcess): Promise<void> => {
    await child.kill();
    live.delete(child);
  };
  /** Whether a child can be started behind all layers; the failure says why not. */
  const tries = async (at: Layers, signal?: AbortSignal) => {
    const child = start(at, "python", { outputBytes: 1, memoryBytes: DEFAULT_LIMITS.memoryBytes });
    try {
      await child.ready(signal);
    } finally {
      await stop(child);
    }
  };

  /** Children of one submission; `shown` is the compiled code of its own module. */
  const childrenFor = (
    at: Prepared,
    kind: ChildKind,
    request: IsolateRequest,
    shown: readonly string[] = [],
  ): Children => ({
    async start(signal) {
      const child = start(at, kind, request.limits, shown);
      try {
        await child.ready(signal);
        return child;
      } catch (error) {
        await stop(child);
        throw error;
      }
    },
    stop,
  });

  const runLanguage = async (
    request: IsolateRequest,
    language: Language,
    refused: CaseResult[] | undefined,
    at: Prepared,
    runOptions: RunOptions,
  ): Promise<IsolateEvidence> => {
    const { module, harness, engine } = at.languages[language];
    await module.verify();
    const children = childrenFor(at, language, request);
    const cases = refused ?? (await runSubmission(request, { language, harness }, children, runOptions));
    return evidence(request, cases, { engine, digest: module.wasmSha256 });
  };

  const runModule = async (
    request: IsolateRequest,
    refused: CaseResult[] | undefined,
    at: Prepared,
    runOptions: RunOptions,
  ): Promise<IsolateEvidence> => {
    const wasm = Buffer.from(request.files[request.entry] ?? "", "base64");
    const made = { engine: ENGINE_NAME, digest: sha256Hex(wasm) };
    if (refused !== undefined) return evidence(request, refused, made);
    compiler ??= createGuestCompiler({
      // Where isolates can look: their own copies lie elsewhere when the cache is closed to them.
      cache: createCodeCache({ cacheDir: at.codeDir, clock: options.clock }),
      start: () => start(at, "compile", { outputBytes: MAX_CODE, memoryBytes: COMPILER_BYTES }),
      stop,
    });
    const compiled = await untilAborted(compiler.compile(wasm), runOptions.signal);
    if ("outcome" in compiled) return evidence(request, refusedCases(request, compiled), made);
    const children = childrenFor(at, "wasm", request, [compiled.path]);
    const cases = await runSubmission(request, { language: "wasm" }, children, runOptions);
    return evidence(request, cases, made);
  };

  const prepareOnce = async (given: PrepareOptions): Promise<Prepared> => {
    if (closed) throw new Failure("unavailable", "the isolate back end is closed");
    prepared ??= prepareWasmtime(options, given, tries);
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
    layers: () => ready?.described ?? [],
    async prepare(given) {
      await prepareOnce(given);
    },
    async check() {
      try {
        const missing = ready === undefined ? await missingPart(options) : undefined;
        if (missing !== undefined) {
          return { ok: false, reason: missing, hint: "Run `bun run isolate setup`." };
        }
        const { described } = await prepareOnce({});
        const active = described.filter((layer) => layer.active).map((layer) => layer.name);
        return { ok: true, detail: `wasmtime ${WASMTIME_VERSION}, layers: ${active.join(", ") || "none"}` };
      } catch (thrown) {
        const failure = Failure.from(thrown);
        return { ok: false, reason: failure.message, hint: failure.hint ?? "Run `bun run doctor`." };
      }
    },
    async run(request, runOptions = {}) {
      checkRequest(request, RUNS, runOptions.tools);
      const at = await prepareOnce({}); // shared by all runs, so that no single one may cancel it
      const refused = refusedSubmission(request);
      const { signal } = runOptions;
      try {
        return request.runtime === "wasm"
          ? await runModule(request, refused, at, runOptions)
          : await runLanguage(request, request.runtime, refused, at, runOptions);
      } catch (thrown) {
        if (signal?.aborted) throw new Failure("cancelled", "the isolate was cancelled", { cause: thrown });
        throw thrown;
      }
    },
    async close() {
      closed = true;
      await Promise.all([...live].map(stop));
      await prepared?.then(
        (at) => at.close(),
        () => {},
      );
    },
  };
}

function evidence(
  { runtime, limits }: IsolateRequest,
  cases: CaseResult[],
  made: { engine: string; digest: string },
): IsolateEvidence {
  return { cases, isolate: { backend: "wasmtime", runtime, limits, ...made } };
}

const sha256Hex = (bytes: Uint8Array): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** The work goes on for whoever else waits for it. */
async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Failure("cancelled", "the isolate was cancelled", { cause: signal.reason }));
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
    work.catch(() => {}); // nobody waits for it any more
  }
}
