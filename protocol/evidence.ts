/** What was observed when a job ran. Scores are pure functions of it. */
import { z } from "zod";
import { BlobRef } from "./blob.ts";
import { Content } from "./content.ts";
import { Timestamp, Uid } from "./ids.ts";
import { InferenceEvidence } from "./inference/evidence.ts";
import { CaseResult, IsolateEvidence } from "./isolate.ts";
import { JobKey } from "./job.ts";
import { Outcome } from "./outcome.ts";
import { ToolEvidence } from "./tools.ts";

/** A program ran in an isolate; `tools` where its task granted any. */
export const ProgramEvidence = z.object({
  type: z.literal("program"),
  run: IsolateEvidence,
  tools: ToolEvidence.optional(),
  /** Where the isolate broke down under the program: what a known-good one came to right after, a few times in the same place. */
  controls: z.array(CaseResult).min(1).max(10).optional(),
});

/** A miner answered a query, or did not. */
export const AnswerEvidence = z.object({
  type: z.literal("answer"),
  /** `ok` when a complete answer arrived; otherwise why not. */
  outcome: Outcome,
  content: Content,
  detail: z.string().max(2_000).optional(),
  usage: z.object({
    firstTokenMs: z.number().nonnegative().nullable(),
    totalMs: z.number().nonnegative(),
    chunks: z.number().int().nonnegative(),
    bytes: z.number().int().nonnegative(),
  }),
});
export type AnswerEvidence = z.infer<typeof AnswerEvidence>;

export const Evidence = z.object({
  key: JobKey,
  uid: Uid,
  observed: z.discriminatedUnion("type", [ProgramEvidence, AnswerEvidence, InferenceEvidence]),
  /** Node that observed it, and when by its clock. */
  node: z.string().max(128),
  at: Timestamp,
});
export type Evidence = z.infer<typeof Evidence>;

/** Points at an evidence kept as a blob of canonical JSON: what a sandbox reports and a scorer reads. */
export const EvidenceRef = z.object({ key: JobKey, uid: Uid, evidence: BlobRef });
export type EvidenceRef = z.infer<typeof EvidenceRef>;
