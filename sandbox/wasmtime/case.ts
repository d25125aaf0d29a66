/** One case: what the guest is given, and the verdict of what came back. */
import { Failure } from "../../protocol/failure.ts";
import type { CaseResult, IsolateRequest } from "../../protocol/isolate.ts";
import type { RunOptions } from "../isolate.ts";
import { pythonArguments, pythonEnvironment } from "../python/program.ts";
import type { ChildProcess } from "./child-process.ts";
import type { GuestRequest } from "./guest-run.ts";
import { verdictOf } from "./verdict.ts";

/** Never throws but for cancellation: a child that breaks down is an `infra` verdict, and the next case gets a new one. */
export async function runCase(
  child: ChildProcess,
  guest: GuestRequest,
  request: IsolateRequest,
  options: RunOptions,
): Promise<{ case: CaseResult; reusable: boolean }> {
  const nothing = { stdout: "", stderr: "" };
  const unknown = { cpuMs: null, fuel: null, peakBytes: null };
  try {
    const asked = await child.ask(guest, options);
    if ("report" in asked) {
      const result = verdictOf(asked.report, request.limits, request.cases === undefined);
      return { case: result, reusable: result.outcome !== "infra" };
    }
    const detail = `did not stop at ${request.limits.wallMs} ms and was killed`;
    return {
      case: { outcome: "timeout", detail, ...nothing, usage: { ...unknown, wallMs: asked.wallMs } },
      reusable: false,
    };
  } catch (thrown) {
    const failure = Failure.from(thrown);
    if (failure.code === "cancelled") throw failure;
    const detail = failure.toLine().slice(0, 2_000);
    return {
      case: { outcome: "infra", detail, ...nothing, usage: { ...unknown, wallMs: 0 } },
      reusable: false,
    };
  }
}

/** The guest of case `index`; `inputs` are ASCII JSON texts. */
export function guestRequest(
  request: IsolateRequest,
  inputs: string[],
  index: number,
  harness: string,
): GuestRequest {
  const { limits, seed } = request;
  // Derived, not drawn: what the guest gets must be the same on every validator.
  const nonce = new Bun.CryptoHasher("sha256")
    .update(`${seed}:${index}:${request.files[request.entry]}`)
    .digest("hex")
    .slice(0, 32);
  return {
    args: pythonArguments(request, harness, nonce),
    env: pythonEnvironment(seed),
    stdin: request.stdin ?? "",
    inputs,
    nonce,
    seed,
    fuel: limits.fuel,
    cpuMs: limits.cpuMs,
    wallMs: limits.wallMs,
    memoryBytes: limits.memoryBytes,
    outputBytes: limits.outputBytes,
    tools: request.tools !== undefined,
  };
}
