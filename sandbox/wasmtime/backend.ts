/** Isolates in Wasmtime: one disposable hardened process per submission, one fresh interpreter per case. */
import { Failure } from "../../protocol/failure.ts";
import type { CaseResult, IsolateEvidence, IsolateRequest } from "../../protocol/isolate.ts";
import { checkRequest, refusedSubmission } from "../admission.ts";
import type { Hardening } from "../hardening.ts";
import type { IsolateBackend } from "../isolate.ts";
import { ChildProcess } from "./child-process.ts";
import { WASMTIME_VERSION } from "./engine.ts";
import type { Language } from "./languages.ts";
import { type Layers, missingPart, type Prepared, prepareWasmtime, type WasmtimeOptions } from "./prepare.ts";
import { runSubmission } from "./submission.ts";

export type { WasmtimeOptions } from "./prepare.ts";

export interface WasmtimeBackend extends IsolateBackend {
  /** Layers around the isolates, once prepared. */
  hardening(): Hardening | undefined;
}

const RUNS: Pick<IsolateBackend, "name" | "runtimes"> = {
  name: "wasmtime",
  runtimes: ["python", "javascript"],
};

type PrepareOptions = Parameters<IsolateBackend["prepare"]>[0];

export function createWasmtimeBackend(options: WasmtimeOptions): WasmtimeBackend {
  let prepared: Promise<Prepared> | undefined;
  let ready: Prepared | undefined;
  let closed = false;
  const live = new Set<ChildProcess>();

  const start = (at: Layers, language: Language, outputBytes: number): ChildProcess => {
    const { bun, script, library, modules } = at.files;
    const command = at.hardening.wrap([bun, script, library, language, modules[language]!]);
    const child = new ChildProcess({ command, clock: options.clock, outputBytes });
    live.add(child);
    return child;
  };
  const stop = async (child: ChildProcess): Promise<void> => {
    await child.kill();
    live.delete(child);
  };
  /** Whether a child can be started behind all layers; the failure says why not. */
  const tries = async (at: Layers, signal?: AbortSignal) => {
    const child = start(at, "python", 1);
    try {
      await child.ready(signal);
    } finally {
      await stop(child);
    }
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
    async run(request, runOptions = {}) {
      checkRequest(request, RUNS, runOptions.tools);
      const at = await prepareOnce({}); // shared by all runs, so that no single one may cancel it
      const language = request.runtime as Language;
      await at.languages[language].module.verify();
      const refused = refusedSubmission(request);
      if (refused !== undefined) return evidence(request, refused, at);
      const { harness } = at.languages[language];
      const children = {
        async start(signal: AbortSignal | undefined) {
          const child = start(at, language, request.limits.outputBytes);
          await child.ready(signal).catch(async (error) => {
            await stop(child);
            throw error;
          });
          return child;
        },
        stop,
      };
      const { signal } = runOptions;
      try {
        const cases = await runSubmission(request, { language, harness }, children, runOptions);
        return evidence(request, cases, at);
      } catch (thrown) {
        if (signal?.aborted) throw new Failure("cancelled", "the isolate was cancelled", { cause: thrown });
        throw thrown;
      }
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
  const { engine, module } = at.languages[runtime as Language];
  return { cases, isolate: { backend: "wasmtime", engine, runtime, digest: module.wasmSha256, limits } };
}
