/** The verdict of one native case, from what was seen from outside; the submission only chooses among its own failures. */
import type { CaseResult, IsolateLimits } from "../../protocol/isolate.ts";
import { type Answer, judgeAnswer, type Verdict } from "../answer.ts";
import { caseResult, overtime } from "../case-result.ts";
import { lastLine } from "../text.ts";
import type { CaseReport } from "./report.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }); // which keeps the mark
const SIGKILL = 9;
const SIGSEGV = 11;
/** What Python says when the only place that it may write to is full. */
const DISK_FULL = "OSError: [Errno 28]";
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** `program` is a guest that reads standard input and hands out no value. */
export function verdictOf(report: CaseReport, limits: IsolateLimits, program: boolean): CaseResult {
  const { wallMs, cpuMs, peakBytes } = report.head;
  const usage = { wallMs, cpuMs, fuel: null, peakBytes };
  const seen = { stdout: text(report.stdout), stderr: text(report.stderr), usage };
  return caseResult(judge(report, limits, program), seen, limits);
}

function judge(report: CaseReport, limits: IsolateLimits, program: boolean): Verdict {
  const { head } = report;
  switch (head.end) {
    case "timeout":
      return overtime(limits);
    case "cpu-limit":
      return { outcome: "cpu-limit", detail: `used more than ${limits.cpuMs} ms of CPU time` };
    case "output-limit":
      return { outcome: "output-limit", detail: `wrote more than ${limits.outputBytes} bytes` };
    case "result":
      return explained(judgeAnswer(answerOf(report.answer), limits, program), head);
    case "exit":
      return explained({ outcome: "error", detail: departure(report) }, head);
  }
}

/** An error while the kernel was refusing something is named after what was refused. */
function explained(verdict: Verdict, head: CaseReport["head"]): Verdict {
  if (verdict.outcome !== "error") return verdict;
  // A kernel that does not count its kills for memory is still the likeliest to have sent this signal.
  const killed = head.signal === SIGKILL && head.oom === null;
  if (head.oom || killed || verdict.detail?.startsWith("MemoryError")) {
    return { ...verdict, outcome: "memory-limit" };
  }
  if (head.refusedForks) return { ...verdict, outcome: "process-limit" };
  if (head.diskFull || verdict.detail?.startsWith(DISK_FULL)) return { ...verdict, outcome: "disk-limit" };
  return verdict;
}

function departure({ head, stderr }: CaseReport): string {
  if (head.signal === SIGSEGV) return "stack overflow or another access outside of its memory";
  if (head.signal !== null) return `ended by signal ${head.signal}`;
  return lastLine(text(stderr)) || `exit code ${head.exitCode ?? 0}, no result`;
}

/** Bytes that are no UTF-8 cannot be a JSON value: kind `J`, like an answer the harness could not encode. */
function answerOf(body: Uint8Array): Answer {
  try {
    return { kind: String.fromCharCode(...body.subarray(0, 1)), text: UTF8.decode(body.subarray(1)) };
  } catch {
    return { kind: "J", text: "not UTF-8" };
  }
}
