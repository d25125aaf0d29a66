/** The judgement of one job: a pure function of task and evidence. */
import { z } from "zod";
import { Json, Name, Uid } from "./ids.ts";
import { JobKey } from "./job.ts";
import { Outcome } from "./outcome.ts";

export const Verdict = z.object({
  outcome: Outcome,
  /** How much of the task was right, 0 to 1. */
  accuracy: z.number().min(0).max(1),
  /** What it earns, 0 to 1, after the subnet's multipliers. */
  reward: z.number().min(0).max(1),
  /** Kind-specific breakdown for people and dashboards. */
  detail: Json.optional(),
});
export type Verdict = z.infer<typeof Verdict>;

export const Score = Verdict.extend({ key: JobKey, uid: Uid, kind: Name });
export type Score = z.infer<typeof Score>;
