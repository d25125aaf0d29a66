/** A back end for simulation: verdicts come from a function, time from the clock, nothing is run. */
import { Failure } from "../protocol/failure.ts";
import type { Json } from "../protocol/ids.ts";
import type { CaseResult, IsolateOutcome, IsolateRequest } from "../protocol/isolate.ts";
import type { Clock } from "../runtime/ports/clock.ts";
import type { IsolateBackend } from "./isolate.ts";

/** What one case comes to. `wallMs` passes on the clock before the verdict is there. */
export interface ScriptedCase {
  outcome: IsolateOutcome;
  output?: Json;
  detail?: string;
  stdout?: string;
  stderr?: string;
  wallMs?: number;
  fuel?: number;
  /** Tool calls made before the end, one after the other; what they answer can become the output. */
  calls?: readonly { tool: string; args?: Json[]; kwargs?: Record<string, Json> }[];
  outputOf?: (answers: Json[]) => Json;
}

export interface ScriptedOptions {
  clock: Clock;
  /** Pure: the same request, input and index give the same case. */
  script: (request: IsolateRequest, input: Json | undefined, index: number) => ScriptedCase;
}

/** Deterministic and without I/O; cases take virtual time one after the other, as in a real isolate. */
export function createScriptedBackend({ clock, script }: ScriptedOptions): IsolateBackend {
  return {
    name: "scripted",
    runtimes: ["python", "javascript", "wasm"],
    check: async () => ({ ok: true, detail: "scripted: nothing is run" }),
    prepare: async () => {},
    async run(request, { signal, tools } = {}) {
      const inputs = request.cases ?? [undefined];
      const cases: CaseResult[] = [];
      for (const [index, input] of inputs.entries()) {
        if (signal?.aborted) throw new Failure("cancelled", "the isolate was cancelled");
        const scripted = script(request, input, index);
        if (scripted.wallMs) await clock.sleep(scripted.wallMs, signal);
        const answers: Json[] = [];
        for (const call of scripted.calls ?? []) {
          const options = { signal: signal ?? new AbortController().signal };
          answers.push(JSON.parse((await tools?.call(JSON.stringify(call), options)) ?? "null"));
        }
        const output = scripted.outputOf?.(answers) ?? scripted.output;
        cases.push(caseResult(output === undefined ? scripted : { ...scripted, output }));
      }
      const { runtime, limits } = request;
      return {
        cases,
        isolate: { backend: "scripted", engine: "scripted", runtime, digest: NO_CODE, limits },
      };
    },
    close: async () => {},
  };
}

/** SHA-256 of nothing: a scripted isolate has no module. */
const NO_CODE = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function caseResult(scripted: ScriptedCase): CaseResult {
  const { outcome, output, detail, stdout = "", stderr = "", wallMs = 0, fuel } = scripted;
  return {
    outcome,
    ...(output === undefined ? {} : { output }),
    ...(detail === undefined ? {} : { detail }),
    stdout,
    stderr,
    usage: { wallMs, cpuMs: wallMs, fuel: fuel ?? null, peakBytes: null },
  };
}
