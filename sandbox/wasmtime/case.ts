/** One case: what the guest is given, and the verdict of what came back. */
import { Failure } from "../../protocol/failure.ts";
import type { CaseResult, IsolateRequest } from "../../protocol/isolate.ts";
import type { RunOptions } from "../isolate.ts";
import type { ChildProcess } from "./child-process.ts";
import type { GuestRequest, NextInput } from "./guest-run.ts";
import { verdictOf } from "./verdict.ts";

export interface RunCase {
  case: CaseResult;
  /** Whether the child can run another guest. */
  reusable: boolean;
  /** Whether this very guest waits for another input. */
  waiting: boolean;
}

/** Never throws but for cancellation: a child that breaks down is an `infra` verdict, and the next case gets a new one. */
export async function runCase(
  child: ChildProcess,
  guest: GuestRequest | NextInput,
  request: IsolateRequest,
  options: RunOptions,
): Promise<RunCase> {
  const nothing = { stdout: "", stderr: "" };
  const unknown = { cpuMs: null, fuel: null, peakBytes: null };
  const over = { reusable: false, waiting: false };
  const { wallMs } = request.limits;
  try {
    const asked = await child.ask(guest, wallMs, options);
    if ("report" in asked) {
      const result = verdictOf(asked.report, request.limits, request.cases === undefined);
      const waiting = (!("loop" in guest) || guest.loop) && asked.report.end === "result";
      return { case: result, reusable: result.outcome !== "infra", waiting };
    }
    const detail = `did not stop at ${wallMs} ms and was killed`;
    const usage = { ...unknown, wallMs: asked.wallMs };
    return { case: { outcome: "timeout", detail, ...nothing, usage }, ...over };
  } catch (thrown) {
    const failure = Failure.from(thrown);
    if (failure.code === "cancelled") throw failure;
    const detail = failure.toLine().slice(0, 2_000);
    return { case: { outcome: "infra", detail, ...nothing, usage: { ...unknown, wallMs: 0 } }, ...over };
  }
}
