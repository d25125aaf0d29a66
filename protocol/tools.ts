/** Tools that a program in an isolate may call, and what one session of calls may cost. */
import { z } from "zod";
import { BlobRef } from "./blob.ts";
import { Sha256 } from "./ids.ts";

export const ToolName = z.enum([
  "llm_chat",
  "search_web",
  "search_ai",
  "fetch_page",
  "test_tool",
  "tooling_info",
]);
export type ToolName = z.infer<typeof ToolName>;

/** A model's public name, such as `openai/gpt-oss-20b`. */
export const ModelName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/);

/** What a session may use up, in every unit at once. Money is in billionths of a dollar, so that sums are exact. */
export const ToolBudget = z.object({
  nanoUsd: z.number().int().min(0).max(1_000_000_000_000_000),
  /** Prompt and completion tokens together. */
  tokens: z.number().int().min(0).max(1_000_000_000),
  calls: z.number().int().min(1).max(10_000),
  /** Bytes of requests and answers together. */
  bytes: z.number().int().min(1).max(1_073_741_824),
  /** From the session's opening to its last answer. */
  wallMs: z.number().int().min(1).max(3_600_000),
});
export type ToolBudget = z.infer<typeof ToolBudget>;

/** What a subnet grants the program of one job. */
export const ToolProfile = z.object({
  tools: z.array(ToolName).min(1).max(16),
  /** Models that `llm_chat` may name. */
  models: z.array(ModelName).max(64),
  budget: ToolBudget,
  /** Calls at once; more wait their turn. Default 8. */
  parallel: z.number().int().min(1).max(64).optional(),
  /** Receipts of an earlier session: its calls are answered from there, and no provider is asked. */
  tape: BlobRef.optional(),
});
export type ToolProfile = z.infer<typeof ToolProfile>;

/** What a session came to: in the evidence of a job, beside what its program answered. */
export const ToolEvidence = z.object({
  /** The session's receipts, as a blob of canonical JSON (`ReceiptBook`). */
  receipts: BlobRef,
  /** Digest of the last receipt. */
  head: Sha256,
  calls: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  spent: z.object({
    nanoUsd: z.number().int().nonnegative(),
    tokens: z.number().int().nonnegative(),
    bytes: z.number().int().nonnegative(),
  }),
});
export type ToolEvidence = z.infer<typeof ToolEvidence>;
