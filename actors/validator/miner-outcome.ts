/** How a miner's failure counts. */
import type { Failure, FailureCode } from "../../protocol/failure.ts";
import type { Outcome } from "../../protocol/outcome.ts";

const OUTCOME_OF_FAILURE: Partial<Record<FailureCode, Outcome>> = {
  malformed: "malformed",
  "too-large": "limit",
  limit: "limit",
  policy: "policy",
  refused: "refused",
  unauthorised: "refused",
  "unknown-method": "refused",
  "unknown-version": "refused",
  "not-found": "refused",
  conflict: "refused",
  defect: "refused",
  corrupt: "refused",
  config: "refused",
};

/** Undefined for what is worth another try: it counts as `timeout` when time is up. */
export const minerOutcome = ({ code }: Failure): Outcome | undefined => OUTCOME_OF_FAILURE[code];
