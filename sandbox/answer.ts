/** What the harness hands out over its own channel, judged. All of it may be forged, but only into the guest's own verdict. */
import { Failure } from "../protocol/failure.ts";
import type { CaseResult, IsolateLimits } from "../protocol/isolate.ts";
import { parseStrictJson } from "../protocol/strict-json.ts";

export type Verdict = Pick<CaseResult, "outcome" | "detail" | "output">;

/** One letter, then text: `V` a JSON value, `D` the end of a program, `E` an error, `M` out of memory, `J` not JSON. */
export interface Answer {
  readonly kind: string;
  readonly text: string;
}

export const NO_ANSWER: Answer = { kind: "", text: "" };

/** `program` is a guest that reads standard input and hands out no value. */
export function judgeAnswer({ kind, text }: Answer, limits: IsolateLimits, program: boolean): Verdict {
  if (kind === "M") return { outcome: "memory-limit", detail: text };
  if (kind === "J") return { outcome: "malformed", detail: text };
  if (kind === "E") return { outcome: "error", detail: text };
  if (kind === "D" && program) return { outcome: "ok" };
  if (kind !== "V" || program) return { outcome: "error", detail: "no result" };
  try {
    return { outcome: "ok", output: parseStrictJson(text, { maxLength: limits.outputBytes }) };
  } catch (error) {
    return { outcome: "malformed", detail: Failure.from(error).toLine() };
  }
}
