/** The verdict of one guest, from what the host saw. The guest itself only chooses among its own failures. */
import type { CaseResult, IsolateLimits, IsolateOutcome } from "../../protocol/isolate.ts";
import { judgeAnswer, NO_ANSWER, type Verdict } from "../answer.ts";
import { caseResult, overtime } from "../case-result.ts";
import { lastLine } from "../text.ts";
import type { GuestReport } from "./guest-run.ts";

/** A guest that died this close to its memory limit died of it: the failed request itself is not seen by the host. */
const MEMORY_SLACK = 16 * 1024 * 1024;
const slackOf = (limits: IsolateLimits): number => Math.min(MEMORY_SLACK, limits.memoryBytes / 8);

/** `program` is a guest that reads standard input and hands out no value. */
export function verdictOf(report: GuestReport, limits: IsolateLimits, program: boolean): CaseResult {
  const { wallMs, cpuMs, fuel, peakBytes, stdout, stderr } = report;
  const seen = { stdout, stderr, usage: { wallMs, cpuMs, fuel, peakBytes } };
  return caseResult(judge(report, limits, program), seen, limits);
}

function judge(report: GuestReport, limits: IsolateLimits, program: boolean): Verdict {
  switch (report.end) {
    case "result":
      return judgeAnswer(report.result ?? NO_ANSWER, limits, program);
    case "fault":
      return { outcome: "infra", detail: report.message };
    case "returned":
    case "exit":
      return died(report, limits, lastLine(report.stderr) || `exit code ${report.exitCode ?? 0}, no result`);
    case "trap":
      return died(report, limits, report.message);
    case "stack-overflow":
      return { outcome: "error", detail: "stack overflow" };
    case "memory-limit":
      return { outcome: report.end, detail: report.message || LIMIT_DETAIL[report.end](limits) };
    case "timeout":
      return overtime(limits);
    default:
      return { outcome: report.end, detail: LIMIT_DETAIL[report.end](limits) };
  }
}

const LIMIT_DETAIL = {
  "fuel-limit": (limits: IsolateLimits) => `used all of its ${limits.fuel} fuel`,
  "cpu-limit": (limits: IsolateLimits) => `used more than ${limits.cpuMs} ms of CPU time`,
  "output-limit": (limits: IsolateLimits) => `wrote more than ${limits.outputBytes} bytes`,
  "memory-limit": (limits: IsolateLimits) => `needs more than ${limits.memoryBytes} bytes to start`,
};

function died(report: GuestReport, limits: IsolateLimits, detail: string): Verdict {
  const full = report.peakBytes + slackOf(limits) > limits.memoryBytes || detail.startsWith("MemoryError");
  const outcome: IsolateOutcome = full ? "memory-limit" : "error";
  return { outcome, detail };
}
