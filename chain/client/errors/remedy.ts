/** What an error of the chain means to the one who got it. */
import { Failure, type FailureCode } from "../../../protocol/failure.ts";

/** Whose move it is: the call is wrong, the caller may not, the thing is not there, the state forbids it, or it is too early. */
export type Meaning = "malformed" | "unauthorised" | "not-found" | "refused" | "later" | "conflict";

export interface Remedy {
  meaning: Meaning;
  /** What to do, as a sentence. */
  hint: string;
}

const CODES: Record<Meaning, { code: FailureCode; retryable: boolean }> = {
  malformed: { code: "malformed", retryable: false },
  unauthorised: { code: "unauthorised", retryable: false },
  "not-found": { code: "not-found", retryable: false },
  refused: { code: "refused", retryable: false },
  conflict: { code: "conflict", retryable: false },
  later: { code: "refused", retryable: true },
};

/** The failure that a named error of the chain becomes: its message is the chain's own name for it. */
export function remedied(name: string, { meaning, hint }: Remedy, meta: Failure["meta"] = {}): Failure {
  const { code, retryable } = CODES[meaning];
  return new Failure(code, name, { retryable, hint, meta });
}
