/** What a guest is told: Caster's envelope for an answer, a typed error for everything else. Both ASCII JSON. */
import type { Failure } from "../../protocol/failure.ts";
import type { Json } from "../../protocol/ids.ts";
import type { ToolResult, ToolUsage } from "../../protocol/tools.ts";
import { asciiJson } from "../python/program.ts";
import type { Account } from "./account.ts";

const NANO = 1_000_000_000;

const budgetOf = ({ budget, spent }: Account) => ({
  session_budget_usd: budget.nanoUsd / NANO,
  session_used_budget_usd: spent.nanoUsd / NANO,
  session_remaining_budget_usd: (budget.nanoUsd - spent.nanoUsd) / NANO,
});

export interface Answered {
  receiptId: string;
  response: Json;
  results: readonly ToolResult[];
  nanoUsd: number;
  usage: ToolUsage | null;
  account: Account;
}

export function answerText({ receiptId, response, results, nanoUsd, usage, account }: Answered): string {
  return asciiJson({
    receipt_id: receiptId,
    response,
    results: results.map((result) => ({ ...result, raw: null })),
    result_policy: results.length > 0 ? "referenceable" : "log_only",
    cost_usd: nanoUsd / NANO,
    usage:
      usage === null || usage.promptTokens + usage.completionTokens === 0
        ? null
        : {
            prompt_tokens: usage.promptTokens,
            completion_tokens: usage.completionTokens,
            total_tokens: usage.promptTokens + usage.completionTokens,
          },
    budget: budgetOf(account),
  });
}

/** `receiptId` is null for what came after the last call that the budget allows: those leave no receipt. */
export function errorText(failure: Failure, receiptId: string | null, account: Account): string {
  const { code, message, owner, retryable, hint, meta, retryAfterMs } = failure;
  return asciiJson({
    error: {
      code,
      message,
      owner,
      retryable,
      hint: hint ?? null,
      meta: meta ?? {},
      retry_after_ms: retryAfterMs ?? null,
      receipt_id: receiptId,
    },
    budget: budgetOf(account),
  });
}
