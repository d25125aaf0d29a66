/** What is not run at all: requests that are wrong fail, submissions that are wrong get a verdict. */
import { Failure } from "../protocol/failure.ts";
import { type CaseResult, type IsolateRequest, isModuleFile } from "../protocol/isolate.ts";
import type { IsolateBackend } from "./isolate.ts";
import type { ToolSession } from "./tool-channel.ts";

/** Characters of all files or of one input; in ASCII JSON each may take six bytes, and the child takes frames of 64 MiB. */
const MAX_PART = 4 * 1024 * 1024;

/** Throws `refused`, `malformed` or `too-large` for what the caller, not the miner, did wrong. */
export function checkRequest(
  request: IsolateRequest,
  { name, runtimes }: Pick<IsolateBackend, "name" | "runtimes">,
  tools?: ToolSession,
): void {
  if (!runtimes.includes(request.runtime)) {
    throw new Failure("refused", `the ${name} back end runs no ${request.runtime}`, {
      hint: `It runs ${runtimes.join(", ")}.`,
    });
  }
  if (request.tools !== undefined && tools === undefined) {
    throw new Failure("refused", `nobody answers the tool calls of this program in ${name}`, {
      hint: "Give the run a tool session, and use a back end that carries tool calls.",
    });
  }
  if (request.cases !== undefined && request.stdin !== undefined) {
    throw new Failure("malformed", "give cases or standard input, not both");
  }
  for (const [index, input] of (request.cases ?? []).entries()) {
    const characters = JSON.stringify(input).length;
    if (characters <= MAX_PART) continue;
    throw new Failure("too-large", "an input is too large for an isolate", {
      meta: { case: index, characters, limit: MAX_PART },
    });
  }
}

/** Verdicts of a submission that cannot be run, for every case; undefined when it can. */
export function refusedSubmission(request: IsolateRequest): CaseResult[] | undefined {
  const size = Object.entries(request.files).reduce(
    (sum, [path, text]) => sum + (request.runtime === "wasm" && isModuleFile(path) ? 0 : text.length),
    0,
  );
  const refusal =
    size > MAX_PART
      ? ({ outcome: "policy", detail: `the files have ${size} characters, more than ${MAX_PART}` } as const)
      : Object.hasOwn(request.files, request.entry)
        ? undefined
        : ({ outcome: "error", detail: `there is no file ${request.entry}` } as const);
  return refusal === undefined ? undefined : refusedCases(request, refusal);
}

/** The same verdict for every case, nothing of it having run. */
export function refusedCases(
  request: IsolateRequest,
  refusal: Pick<CaseResult, "outcome" | "detail">,
): CaseResult[] {
  const usage = { wallMs: 0, cpuMs: 0, fuel: 0, peakBytes: 0 };
  return (request.cases ?? [null]).map(() => ({ ...refusal, stdout: "", stderr: "", usage }));
}
