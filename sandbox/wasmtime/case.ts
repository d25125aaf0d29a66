/** One case: what the guest is given, and the verdict of what came back. */
import type { CaseResult, IsolateRequest } from "../../protocol/isolate.ts";
import type { RunOptions } from "../isolate.ts";
import { lostCase } from "../lost-case.ts";
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

/** A child that breaks down is an `infra` verdict, and the next case gets a new one. Throws as `ChildProcess.ask` does. */
export async function runCase(
  child: ChildProcess,
  guest: GuestRequest | NextInput,
  request: IsolateRequest,
  options: RunOptions,
): Promise<RunCase> {
  const asked = await child.ask(guest, request.limits.wallMs, options);
  if ("ended" in asked) return { case: lostCase(asked), reusable: false, waiting: false };
  const result = verdictOf(asked.report, request.limits, request.cases === undefined);
  const waiting = (!("loop" in guest) || guest.loop) && asked.report.end === "result";
  return { case: result, reusable: result.outcome !== "infra", waiting };
}
