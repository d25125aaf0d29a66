/** How a job ended. A failure is never a score: only the miner's own outcomes are judged. */
import { z } from "zod";

export const Outcome = z.enum([
  "ok",
  "wrong",
  "timeout",
  "refused",
  "malformed",
  "limit",
  "policy",
  "validator",
  "provider",
  "infra",
]);
export type Outcome = z.infer<typeof Outcome>;

const NOT_THE_MINERS: readonly Outcome[] = ["validator", "provider", "infra"];

/** True when the outcome is the miner's own doing and therefore counts; false means: try again, charge nobody. */
export const isJudged = (outcome: Outcome): boolean => !NOT_THE_MINERS.includes(outcome);
