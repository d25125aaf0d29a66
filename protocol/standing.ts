/** A miner's fold over its scores. */
import { z } from "zod";
import { Hotkey, Json, Uid } from "./ids.ts";
import { Outcome } from "./outcome.ts";

export const OutcomeCounts = z.partialRecord(Outcome, z.number().int().nonnegative());
export type OutcomeCounts = z.infer<typeof OutcomeCounts>;

export const Standing = z.object({
  uid: Uid,
  hotkey: Hotkey,
  rounds: z.number().int().nonnegative(),
  jobs: z.number().int().nonnegative(),
  /** Mean accuracy over all judged jobs, 0 to 1. */
  accuracy: z.number().min(0).max(1),
  /** What the subnet ranks by, 0 to 1: for most, a moving average of the reward per round. */
  reward: z.number().min(0).max(1),
  outcomes: OutcomeCounts,
  /** Subnet-specific memory of the fold. */
  state: Json.optional(),
});
export type Standing = z.infer<typeof Standing>;
