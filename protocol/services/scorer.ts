import { z } from "zod";
import { BlobRef } from "../blob.ts";
import { Name, Uid } from "../ids.ts";
import { JobKey } from "../job.ts";
import { Outcome } from "../outcome.ts";
import { Score } from "../score.ts";
import { event, job, service } from "../service.ts";

/** Everything a score depends on. The sealed part travels only here, between judges. */
export const JudgeJob = z.object({
  key: JobKey,
  uid: Uid,
  /** JSON of `JudgedTask`. */
  task: BlobRef,
  /** JSON of `Evidence`. */
  evidence: BlobRef,
  /** Evidence of earlier attempts that was not judged: isolates that broke down. */
  earlier: z.array(BlobRef).max(100).optional(),
});
export type JudgeJob = z.infer<typeof JudgeJob>;

/** How an attempt concluded: with a score, or charged to nobody. */
export const Conclusion = z.object({
  key: JobKey,
  uid: Uid,
  kind: Name,
  outcome: Outcome,
  /** Null when nobody is to be charged: the attempt may be repeated. */
  score: Score.nullable(),
  evidence: BlobRef.nullable(),
  /** One line for people, e.g. why a score could not be computed. */
  detail: z.string().max(1_000).optional(),
});
export type Conclusion = z.infer<typeof Conclusion>;

export const Scorer = service(
  "scorer",
  1,
  { servedBy: ["scorer"], summary: "Judges evidence and records the score, once." },
  {
    judge: job(JudgeJob, Conclusion, {
      calledBy: ["validator"],
      timeoutMs: 60_000,
      summary: "Score one evidence against the sealed part and append it to the ledger.",
    }),
    concluded: event(Conclusion, {
      calledBy: ["validator", "gateway", "weight-setter"],
      summary: "An attempt concluded.",
    }),
  },
);
