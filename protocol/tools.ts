/** Tools that a program in an isolate may call, and what one session of calls may cost. */
import { z } from "zod";
import { BlobRef } from "./blob.ts";
import { WireFailure } from "./failure.ts";
import { Sha256 } from "./ids.ts";
import { ModelId } from "./model-id.ts";

export const ToolName = z.enum([
  "llm_chat",
  "search_web",
  "search_ai",
  "fetch_page",
  "test_tool",
  "tooling_info",
]);
export type ToolName = z.infer<typeof ToolName>;

/** What a session may use up, in every unit at once. Money is in billionths of a dollar, so that sums are exact. */
export const ToolBudget = z.object({
  nanoUsd: z.number().int().min(0).max(1_000_000_000_000_000),
  /** Prompt and completion tokens together. */
  tokens: z.number().int().min(0).max(1_000_000_000),
  calls: z.number().int().min(1).max(10_000),
  /** Bytes of requests and answers together. */
  bytes: z.number().int().min(1).max(33_554_432),
  /** From the session's opening to its last answer. */
  wallMs: z.number().int().min(1).max(3_600_000),
});
export type ToolBudget = z.infer<typeof ToolBudget>;

/** What a subnet grants the program of one job. */
export const ToolProfile = z.object({
  tools: z.array(ToolName).min(1).max(16),
  /** Models that `llm_chat` may name. */
  models: z.array(ModelId).max(64),
  budget: ToolBudget,
  /** Calls at once; more wait their turn. Default 8. */
  parallel: z.number().int().min(1).max(64).optional(),
  /** Receipts of an earlier session: its calls are answered from there, and no provider is asked. */
  tape: BlobRef.optional(),
});
export type ToolProfile = z.infer<typeof ToolProfile>;

/** One thing that a call found, to be cited by `result_id`. */
export const ToolResult = z.object({
  index: z.number().int().nonnegative(),
  result_id: z.string().regex(/^[0-9a-f]{32}$/),
  url: z.string().max(2_048),
  title: z.string().max(500).nullable(),
  note: z.string().max(2_000).nullable(),
});
export type ToolResult = z.infer<typeof ToolResult>;

/** What a call turned out to be, as far as its price goes. */
export const ToolUsage = z.object({
  promptTokens: z.number().int().nonnegative(),
  completionTokens: z.number().int().nonnegative(),
  /** Part of the completion. */
  reasoningTokens: z.number().int().nonnegative(),
  /** Results with an address. */
  results: z.number().int().nonnegative(),
});
export type ToolUsage = z.infer<typeof ToolUsage>;

/**
 * What answered a call to a model. `weights`: a process that has the weights and told their digests. `server`: a server, whose
 * word it is, or its operator's.
 */
export const AnsweredBy = z.object({
  source: z.enum(["weights", "server"]),
  /** Its own name, which need not be what the program calls it. */
  model: z.string().max(512),
  /** Digest of its card (`ModelCard`), which the session's last receipt shows once for all calls. */
  card: Sha256.optional(),
  /** What a server calls its configuration. */
  fingerprint: z.string().max(256).optional(),
});
export type AnsweredBy = z.infer<typeof AnsweredBy>;

/** `detail` of the receipt of a call. */
export const ToolReceiptDetail = z.object({
  tool: z.string().max(64),
  model: ModelId.optional(),
  /** `gateway`: answered or refused without asking anybody. `tape`: as it was recorded. */
  origin: z.enum(["gateway", "provider", "tape"]),
  provider: z.string().max(64).nullable(),
  /** Version and digest of the price book. */
  prices: z.string().max(80),
  /** Where it came from a model that is known. */
  answeredBy: AnsweredBy.optional(),
  usage: ToolUsage.nullable(),
  /** The provider did not tell its usage: the worst case was charged. */
  assumed: z.boolean(),
  /** Billionths of a dollar that the provider used beyond what was left: charged to nobody. */
  beyond: z.number().int().nonnegative(),
  results: z.array(ToolResult).max(200),
  sizes: z.object({ request: z.number().int().nonnegative(), response: z.number().int().nonnegative() }),
  wallMs: z.number().int().nonnegative(),
  failure: WireFailure.optional(),
});
export type ToolReceiptDetail = z.infer<typeof ToolReceiptDetail>;

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
