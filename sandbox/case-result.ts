/** What a case came to, as judges see it. The same rule of time for every back end. */
import type { CaseResult, IsolateLimits, IsolateOutcome, IsolateUsage } from "../protocol/isolate.ts";
import type { Verdict } from "./answer.ts";
import { cleanText, MAX_DETAIL, MAX_TEXT } from "./text.ts";

interface Seen {
  stdout: string;
  stderr: string;
  usage: IsolateUsage;
}

/** Ends of the program's own choosing: those can come too late. What ended at another limit ended there. */
const OWN: readonly IsolateOutcome[] = ["ok", "error", "malformed"];

/** A result that came after its time is a `timeout`: measured time decides, not when a timer woke up to look. */
export function caseResult(
  verdict: Verdict,
  { stdout, stderr, usage }: Seen,
  limits: IsolateLimits,
): CaseResult {
  const late = OWN.includes(verdict.outcome) && usage.wallMs > limits.wallMs;
  const { outcome, detail, output } = late ? overtime(limits) : verdict;
  return {
    outcome,
    ...(output === undefined ? {} : { output }),
    ...(detail ? { detail: cleanText(detail, MAX_DETAIL) } : {}),
    stdout: cleanText(stdout, MAX_TEXT),
    stderr: cleanText(stderr, MAX_TEXT),
    usage,
  };
}

export const overtime = ({ wallMs }: IsolateLimits): Verdict => ({
  outcome: "timeout",
  detail: `ran or slept longer than ${wallMs} ms`,
});
