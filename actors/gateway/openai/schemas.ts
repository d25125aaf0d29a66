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

/** A field of OpenAI's or vLLM's that changes the answer, and that nothing here could follow; what changes nothing is taken. */
const without = (why: string, ...saysNothing: (string | number | boolean)[]) =>
  z.union([z.null(), z.literal(saysNothing), z.array(z.never()).length(0)], why).optional();
/** One that changes nothing in the answer. */
const Ignored = z.unknown().optional();

/** An answer is taken back as it was given, with the fields that official clients leave in it. */
const ChatMessage = z
  .strictObject({
    role: z.enum(["system", "developer", "user", "assistant", "tool"]),
    content: Content.optional(),
    name: z.string().max(128).nullish(),
    tool_calls: z.array(Json).max(128).nullish(),
    tool_call_id: z.string().max(256).nullish(),
    function_call: without("use tool_calls"),
    refusal: without("say it in content"),
    audio: without("sound is not read"),
    annotations: Ignored,
    reasoning: Ignored,
    reasoning_content: Ignored,
  })
  .refine(({ role, content }) => role === "assistant" || content != null, {
    path: ["content"],
    message: "only an assistant's may be left out",
  });
export type ChatMessage = z.infer<typeof ChatMessage>;

const Stop = z.union([z.string().min(1).max(256), z.array(z.string().min(1).max(256)).max(16)]);
const Flag = z.boolean().nullish();
const Tokens = z.number().int().min(1).max(1_000_000);

/** Choices of one prompt, prompts of one request, and choices of all of them. */
const [MOST_CHOICES, MOST_PROMPTS, MOST_ANSWERS] = [16, 128, 128];

const Common = z.strictObject({
  model: ModelId,
  stream: Flag,
  stream_options: z
    .strictObject({
      include_usage: Flag,
      include_obfuscation: Ignored,
      continuous_usage_stats: without("usage is told at the end", false),
    })
    .nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  stop: Stop.nullish(),
  seed: z.number().int().nullish(),
  n: z.number().int().min(1).max(MOST_CHOICES).nullish(),
  logit_bias: z.record(z.string(), z.never("the odds of single tokens cannot be set")).nullish(),
  user: Ignored,
  metadata: Ignored,
  store: Ignored,
  service_tier: Ignored,
  safety_identifier: Ignored,
  prompt_cache_key: Ignored,
  prompt_cache_options: Ignored,
  prompt_cache_retention: Ignored,
  // vLLM's extras.
  top_k: z.number().int().min(-1).max(1_000_000).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().gt(0).max(4).nullish(),
  ignore_eos: Flag,
  priority: without("turns are given in fair shares", 0),
  min_tokens: without("an answer ends where the model ends it", 0),
  prompt_logprobs: without("use echo with logprobs at /v1/completions"),
  length_penalty: without("there is no beam search", 1),
  use_beam_search: without("there is no beam search", false),
  early_stopping: without("there is no beam search", false),
  stop_token_ids: without("use stop"),
  include_stop_str_in_output: without("a stop text is no part of the answer", false),
  skip_special_tokens: without("markers are never part of the answer", true),
  spaces_between_special_tokens: without("markers are never part of the answer", true),
  add_special_tokens: without("a model's own rules say which markers it begins with"),
  bad_words: without("the odds of single tokens cannot be set"),
  allowed_token_ids: without("the odds of single tokens cannot be set"),
  truncate_prompt_tokens: without("use overflow"),
  return_token_ids: without("tokens are told by their texts", false),
  return_tokens_as_token_ids: without("tokens are told by their texts", false),
  cache_salt: z.string().min(1).max(256).nullish(),
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
  function_call: without("use tool_choice", "none", "auto"),
  audio: without("answers are text"),
  moderation: without("nothing here moderates"),
  prediction: without("answers are not predicted"),
  reasoning_effort: without("how long a model thinks cannot be set"),
  verbosity: without("how much a model says cannot be set; ask it to be brief", "medium"),
  web_search_options: without("models here do not search"),
  // vLLM's extras.
  add_generation_prompt: without("the assistant always speaks next", true),
  continue_final_message: without("the assistant always speaks next; use /v1/completions", false),
  chat_template: without("the model's own template is used"),
  chat_template_kwargs: without("the model's own template is used as it is"),
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

const CompletionFields = Common.extend({
  prompt: z.union(
    [Text, TokenIds, z.array(Text).min(1).max(MOST_PROMPTS), z.array(TokenIds).min(1).max(MOST_PROMPTS)],
    `a text or token ids, or a list of at most ${MOST_PROMPTS} of one kind`,
  ),
  max_tokens: z.number().int().min(0).max(1_000_000).nullish(),
  logprobs: z.number().int().min(0).max(20).nullish(),
  echo: Flag,
  best_of: without("no answer is better than another here; use n", 1),
  suffix: without("there is no filling in of middles", ""),
});

export const CompletionRequest = CompletionFields.check(({ value, issues }) => {
  const { prompt, n, max_tokens, echo, context } = value;
  const wrong = (field: keyof typeof value, message: string): void =>
    void issues.push({ code: "custom", input: value[field], path: [field], message });
  const prompts = typeof prompt === "string" || typeof prompt[0] === "number" ? 1 : prompt.length;
  if (prompts * (n ?? 1) > MOST_ANSWERS)
    wrong("n", `at most ${MOST_ANSWERS} answers of all prompts together`);
  if (max_tokens === 0 && echo !== true) wrong("max_tokens", "0 only with echo: there would be no answer");
  if (echo === true && (context ?? []).length > 0) wrong("echo", "not with a context: it is not repeated");
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
