/** All cases of one submission: one child, a fresh guest for each case, or one guest for all in loop mode. */
import type { CaseResult, IsolateRequest } from "../../protocol/isolate.ts";
import type { RunOptions } from "../isolate.ts";
import { asciiJson, PYTHON_ENVIRONMENT, pythonArguments } from "../python/program.ts";
import { type RunCase, runCase } from "./case.ts";
import type { ChildProcess } from "./child-process.ts";
import type { GuestRequest } from "./guest-run.ts";
import { LANGUAGES, type Language } from "./languages.ts";

export interface Children {
  /** A child that is ready for this submission. */
  start(signal: AbortSignal | undefined): Promise<ChildProcess>;
  stop(child: ChildProcess): Promise<void>;
}

/** What a submission runs in. */
export type Program = { language: Language; harness: string } | { language: "wasm" };

export async function runSubmission(
  request: IsolateRequest,
  program: Program,
  children: Children,
  options: RunOptions,
): Promise<CaseResult[]> {
  const inputs = request.cases?.map(asciiJson) ?? [undefined];
  const results: CaseResult[] = [];
  let child: ChildProcess | undefined;
  let last: RunCase | undefined;
  try {
    for (const [index, input] of inputs.entries()) {
      options.signal?.throwIfAborted();
      child ??= await children.start(options.signal);
      const next =
        last?.waiting && input !== undefined ? { input } : guestRequest(request, program, input, index);
      last = await runCase(child, next, request, options);
      results.push(last.case);
      if (!last.reusable) {
        await children.stop(child);
        child = undefined;
      }
    }
  } finally {
    if (child !== undefined) await children.stop(child);
  }
  return results;
}

/** The guest of case `index`; `input` is ASCII JSON text. */
function guestRequest(
  request: IsolateRequest,
  program: Program,
  input: string | undefined,
  index: number,
): GuestRequest {
  const { limits, seed } = request;
  return {
    ...(program.language === "wasm" ? bare(request, input) : harnessed(request, program, input, index)),
    seed,
    fuel: limits.fuel,
    cpuMs: limits.cpuMs,
    wallMs: limits.wallMs,
    memoryBytes: limits.memoryBytes,
    outputBytes: limits.outputBytes,
    tools: request.tools !== undefined,
  };
}

type Given = Pick<GuestRequest, "answers" | "args" | "env" | "stdin" | "inputs" | "files" | "nonce" | "loop">;

/** A module of the submission's own reads its input as standard input. A new instance of it costs next to nothing. */
const bare = (request: IsolateRequest, input: string | undefined): Given => ({
  answers: request.cases === undefined ? "none" : "descriptor",
  args: [request.entry],
  env: [],
  stdin: input ?? request.stdin ?? "",
  inputs: [],
  files: {},
  nonce: "",
  loop: false,
});

function harnessed(
  request: IsolateRequest,
  { language, harness }: Exclude<Program, { language: "wasm" }>,
  input: string | undefined,
  index: number,
): Given {
  const { setup, hostFiles } = LANGUAGES[language];
  // Derived, not drawn: what the guest gets must be the same on every validator.
  const nonce = new Bun.CryptoHasher("sha256")
    .update(`${request.seed}:${index}:${request.files[request.entry]}`)
    .digest("hex")
    .slice(0, 32);
  return {
    answers: "harness",
    // A frozen interpreter has read its arguments and environment already.
    args: language === "python" ? pythonArguments(harness) : [],
    env: language === "python" ? PYTHON_ENVIRONMENT : [],
    stdin: request.stdin ?? "",
    inputs: [setup(request, nonce), ...(input === undefined ? [] : [input])],
    files: hostFiles ? request.files : {},
    nonce,
    loop: request.loop === true && request.cases !== undefined,
  };
}
