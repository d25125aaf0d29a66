/** What the OpenAI API's callers may send, as far as it means something here; the rest is refused by name, not ignored. */
import { z } from "zod";
import { BlobRef } from "../../../protocol/blob.ts";
import { Json } from "../../../protocol/ids.ts";
import { MAX_VECTOR_NUMBERS, ModelId, Overflow } from "../../../protocol/model.ts";

const Text = z.string().max(16 * 1024 * 1024);
const TextPart = z.object({ type: z.literal("text"), text: Text });
const Content = z.union(
  [Text, z.array(TextPart).max(64), z.null()],
  "a text, or at most 64 parts of type text: pictures, sound and files are not read",
);

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

/** A field of OpenAI's that changes the answer, and that nothing here could follow. */
const without = (why: string) => z.null(why).optional();
/** One that changes nothing in the answer. */
const Ignored = z.unknown().optional();

const Common = z.strictObject({
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
  logit_bias: z.record(z.string(), z.never("the odds of single tokens cannot be set")).nullish(),
  user: Ignored,
  metadata: Ignored,
  store: Ignored,
  service_tier: Ignored,
  safety_identifier: Ignored,
  prompt_cache_key: Ignored,
  prompt_cache_retention: Ignored,
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

const ChatFields = Common.extend({
  messages: z.array(ChatMessage).min(1).max(1_024),
  max_tokens: Tokens.nullish(),
  max_completion_tokens: Tokens.nullish(),
  logprobs: Flag,
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  tools: z.array(Json).max(128).nullish(),
  tool_choice: Json.nullish(),
  parallel_tool_calls: z.literal(true, "calls are as the model makes them").nullish(),
  response_format: Json.nullish(),
  modalities: z.tuple([z.literal("text")], "answers are text").nullish(),
  functions: without("use tools"),
  function_call: without("use tool_choice"),
  audio: without("answers are text"),
  prediction: without("answers are not predicted"),
  reasoning_effort: without("how long a model thinks cannot be set"),
  verbosity: without("how much a model says cannot be set; ask it to be brief"),
  web_search_options: without("models here do not search"),
});

export const ChatCompletionRequest = ChatFields.check(({ value, issues }) => {
  const wrong = (field: keyof typeof value, message: string): void =>
    void issues.push({ code: "custom", input: value[field], path: [field], message });
  if (value.top_logprobs != null && value.logprobs !== true)
    wrong("top_logprobs", "only with logprobs: true");
  const chosen = value.tool_choice ?? "auto";
  if ((value.tools ?? []).length === 0 && chosen !== "auto" && chosen !== "none")
    wrong("tool_choice", "only with tools");
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

export const EmbeddingRequest = z.strictObject({
  model: ModelId,
  input: z.union(
    [Some, z.array(Some).min(1).max(MOST_INPUTS), TokenIds, z.array(TokenIds).min(1).max(MOST_INPUTS)],
    `one to ${MOST_INPUTS} texts or lists of token ids, none of them empty`,
  ),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.number().int().min(1).max(MAX_VECTOR_NUMBERS).nullish(),
  user: Ignored,
});
export type EmbeddingRequest = z.infer<typeof EmbeddingRequest>;
