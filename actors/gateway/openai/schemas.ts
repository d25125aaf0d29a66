/** What the OpenAI API's callers may send, as far as it means something here; the rest is refused by name, not ignored. */
import { z } from "zod";
import { BlobRef } from "../../../protocol/blob.ts";
import { Json } from "../../../protocol/ids.ts";
import { MAX_VECTOR_NUMBERS, ModelId, Overflow } from "../../../protocol/model.ts";

const Text = z.string().max(16 * 1024 * 1024);
const TextPart = z.object({ type: z.literal("text"), text: Text });
const Content = z.union([Text, z.array(TextPart).max(64), z.null()]);

const ChatMessage = z.object({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: Content.optional(),
  name: z.string().max(128).optional(),
  tool_calls: z.array(Json).max(128).optional(),
  tool_call_id: z.string().max(256).optional(),
});
export type ChatMessage = z.infer<typeof ChatMessage>;

const Stop = z.union([z.string().min(1).max(256), z.array(z.string().min(1).max(256)).max(16)]);
const Flag = z.boolean().nullish();
const Tokens = z.number().int().min(1).max(1_000_000);

const Common = z.object({
  model: ModelId,
  stream: Flag,
  stream_options: z.object({ include_usage: Flag }).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  stop: Stop.nullish(),
  seed: z.number().int().nullish(),
  n: z.literal(1, "only one choice is made for each request").nullish(),
  user: z.string().max(256).nullish(),
  // vLLM's extras.
  top_k: z.number().int().min(-1).max(1_000_000).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().gt(0).max(4).nullish(),
  ignore_eos: Flag,
  // Ours: a long context by reference, and what to do with one that is too long.
  context: z.array(BlobRef).max(256).nullish(),
  overflow: Overflow.nullish(),
});
export type Common = z.infer<typeof Common>;

export const ChatCompletionRequest = Common.extend({
  messages: z.array(ChatMessage).min(1).max(1_024),
  max_tokens: Tokens.nullish(),
  max_completion_tokens: Tokens.nullish(),
  logprobs: Flag,
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  tools: z.array(Json).max(128).nullish(),
  tool_choice: Json.nullish(),
  response_format: Json.nullish(),
});
export type ChatCompletionRequest = z.infer<typeof ChatCompletionRequest>;

const TokenIds = z.array(z.number().int().min(0).max(0xffff_fffe)).min(1).max(65_536);

export const CompletionRequest = Common.extend({
  prompt: z.union([Text, TokenIds, z.tuple([Text]), z.tuple([TokenIds])], "one prompt: a text, or token ids"),
  max_tokens: Tokens.nullish(),
  logprobs: z.number().int().min(0).max(20).nullish(),
  echo: z.literal(false, "the prompt is not repeated").nullish(),
  best_of: z.literal(1, "only one choice is made for each request").nullish(),
  suffix: z.null("there is no filling in of middles").optional(),
});
export type CompletionRequest = z.infer<typeof CompletionRequest>;

/** OpenAI's own limit. */
const MOST_INPUTS = 2_048;
const Some = Text.min(1, "nothing has no vector");

export const EmbeddingRequest = z.object({
  model: ModelId,
  input: z.union(
    [Some, z.array(Some).min(1).max(MOST_INPUTS), TokenIds, z.array(TokenIds).min(1).max(MOST_INPUTS)],
    `one to ${MOST_INPUTS} texts or lists of token ids, none of them empty`,
  ),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.number().int().min(1).max(MAX_VECTOR_NUMBERS).nullish(),
  user: z.string().max(256).nullish(),
});
export type EmbeddingRequest = z.infer<typeof EmbeddingRequest>;
