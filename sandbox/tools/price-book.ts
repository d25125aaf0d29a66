/** What tools cost. A book has a version; book and version are on record with every session, so that sums can be checked. */
import { z } from "zod";
import { digest } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import { ModelId } from "../../protocol/model.ts";
import type { ToolUsage } from "../../protocol/tools.ts";
import { MAX_TOOL_ANSWER } from "../tool-channel.ts";
import type { Spend } from "./account.ts";
import type { ToolCall } from "./call.ts";

/** Billionths of a dollar. */
const Price = z.number().int().min(0).max(1_000_000_000_000);

export const PriceBook = z.object({
  version: z.string().min(1).max(64),
  /** Per token. Reasoning tokens are part of the completion and cost their own price instead of the output's. */
  models: z.record(ModelId, z.object({ input: Price, output: Price, reasoning: Price })),
  search_web: z.object({ call: Price }),
  search_ai: z.object({ result: Price }),
  fetch_page: z.object({ call: Price }),
});
export type PriceBook = z.infer<typeof PriceBook>;

/** Caster's published prices (January 2026): dollars per million tokens times a thousand are billionths per token. */
export const DEFAULT_PRICES: PriceBook = {
  version: "caster-2026-01",
  models: {
    "openai/gpt-oss-20b": { input: 250, output: 2_000, reasoning: 2_000 },
    "openai/gpt-oss-120b": { input: 1_250, output: 10_000, reasoning: 10_000 },
  },
  search_web: { call: 2_500_000 },
  search_ai: { result: 4_000_000 },
  fetch_page: { call: 500_000 },
};

/** `version#digest`: two books of one name are told apart. */
export const priceStamp = (book: PriceBook): string => `${book.version}#${digest(book).slice(0, 12)}`;

export const NO_USAGE: ToolUsage = { promptTokens: 0, completionTokens: 0, reasoningTokens: 0, results: 0 };

/** What of a call decides its price. */
export interface Priced {
  tool: string;
  model?: string | undefined;
}
export const pricedAs = (call: ToolCall): Priced =>
  call.tool === "llm_chat" ? { tool: call.tool, model: call.arguments.model } : { tool: call.tool };

/** Price of a call in billionths of a dollar. Throws `policy` for a model without a price. */
export function priceOf(book: PriceBook, { tool, model = "" }: Priced, usage: ToolUsage): number {
  switch (tool) {
    case "llm_chat": {
      const price = modelPrice(book, model);
      const reasoning = Math.min(usage.reasoningTokens, usage.completionTokens);
      return (
        usage.promptTokens * price.input +
        (usage.completionTokens - reasoning) * price.output +
        reasoning * price.reasoning
      );
    }
    case "search_web":
      return book.search_web.call;
    case "search_ai":
      return usage.results * book.search_ai.result;
    case "fetch_page":
      return book.fetch_page.call;
    default:
      return 0;
  }
}

/** Most that a chat template may add to a message, and to the conversation. */
const MESSAGE_TOKENS = 16;
const TEMPLATE_TOKENS = 64;

/** The usage that no honest provider can exceed. A token is at least one byte of what is sent. */
export function worstUsage(call: ToolCall): ToolUsage {
  if (call.tool === "search_ai") return { ...NO_USAGE, results: call.arguments.count };
  if (call.tool === "search_web") return { ...NO_USAGE, results: call.arguments.num };
  if (call.tool === "fetch_page") return { ...NO_USAGE, results: 1 };
  if (call.tool !== "llm_chat") return NO_USAGE;
  const { messages, tools, response_format, max_output_tokens } = call.arguments;
  const sent = Buffer.byteLength(JSON.stringify([messages, tools ?? null, response_format ?? null]));
  return {
    ...NO_USAGE,
    promptTokens: sent + messages.length * MESSAGE_TOKENS + TEMPLATE_TOKENS,
    completionTokens: max_output_tokens,
    reasoningTokens: max_output_tokens,
  };
}

/** Largest answers, in bytes: what a provider gives beyond is not handed on. */
const ANSWER_BYTES: Readonly<Record<ToolCall["tool"], number>> = {
  test_tool: 65_536,
  tooling_info: 65_536,
  search_web: 262_144,
  search_ai: 524_288,
  fetch_page: 1_048_576,
  llm_chat: 1_048_576,
};
/** Characters of a token in an answer, escaped: few are longer. */
const TOKEN_BYTES = 32;
const ENVELOPE_BYTES = 16_384;

export const answerBytes = (call: ToolCall): number =>
  call.tool === "llm_chat"
    ? Math.min(ANSWER_BYTES.llm_chat, ENVELOPE_BYTES + call.arguments.max_output_tokens * TOKEN_BYTES)
    : Math.min(ANSWER_BYTES[call.tool], MAX_TOOL_ANSWER);

/** What to reserve for a call whose request has so many bytes: the dearer of the two kinds of output, all of it. */
export function worstCase(book: PriceBook, call: ToolCall, requestBytes: number): Spend {
  const usage = worstUsage(call);
  const priced = pricedAs(call);
  return {
    nanoUsd: Math.max(priceOf(book, priced, usage), priceOf(book, priced, { ...usage, reasoningTokens: 0 })),
    tokens: usage.promptTokens + usage.completionTokens,
    calls: 1,
    bytes: requestBytes + answerBytes(call),
  };
}

function modelPrice(book: PriceBook, model: string): PriceBook["models"][string] {
  const price = Object.hasOwn(book.models, model) ? book.models[model] : undefined;
  if (price !== undefined) return price;
  throw new Failure("policy", `the model ${model} has no price`, {
    meta: { model, prices: book.version },
    hint: `Priced are ${Object.keys(book.models).slice(0, 16).join(", ") || "none"}.`,
  });
}
