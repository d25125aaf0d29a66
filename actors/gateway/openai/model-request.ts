/** A request of the OpenAI API in the words of the model service; what is too long for a message becomes a blob. */
import { type BlobRef, INLINE_LIMIT } from "../../../protocol/blob.ts";
import type { Content } from "../../../protocol/content.ts";
import { Failure } from "../../../protocol/failure.ts";
import { GenerateRequest, type ModelCard, type ModelInput } from "../../../protocol/model.ts";
import type { Blobs } from "../../../runtime/ports/blobs.ts";
import type { Rng } from "../../../runtime/ports/rng.ts";
import type {
  ChatCompletionRequest,
  ChatMessage,
  Common,
  CompletionRequest,
  EmbeddingRequest,
} from "./schemas.ts";

/** What OpenAI gives when nothing is asked for. */
const COMPLETION_TOKENS = 16;
const CHAT_TOKENS = 1_024;
/** Characters of one request that travel in the message itself; with its escapes it must fit into one. */
const INLINE_CHARS = INLINE_LIMIT / 4;

/** Where long texts go, and where seeds come from that nobody gives. */
export interface Sources {
  blobs: Blobs;
  rng: Rng;
}

export async function chatRequest(
  body: ChatCompletionRequest,
  { blobs, rng }: Sources,
): Promise<GenerateRequest> {
  const inline = { left: INLINE_CHARS };
  const messages = [];
  for (const message of body.messages) messages.push(await messageOf(message, blobs, inline));
  return requestOf(body, rng, {
    ...answerLength(body, body.max_completion_tokens ?? body.max_tokens, CHAT_TOKENS),
    logprobs: body.logprobs === true ? (body.top_logprobs ?? 0) : undefined,
    input: {
      type: "messages",
      messages,
      ...toolsOf(body),
      ...(isPlain(body.response_format) ? {} : { responseFormat: body.response_format }),
    },
  });
}

/** Fails with `refused`, by the field's name, for what this model cannot keep to; before it takes a turn in the line. */
export function checkGrammar(body: ChatCompletionRequest, card: ModelCard | undefined): void {
  if (card?.can.tools !== false) return;
  const param =
    "tools" in toolsOf(body) ? "tools" : isPlain(body.response_format) ? undefined : "response_format";
  if (param === undefined) return;
  throw new Failure("refused", `${param}: the model ${card.id} cannot call tools or keep to a grammar`, {
    meta: { param, model: card.id },
    hint: "Ask for plain text, or for a model that can.",
  });
}

/** No tools are the same as none asked for. */
function toolsOf({ tools, tool_choice }: ChatCompletionRequest) {
  if (tools == null || tools.length === 0) return {};
  return { tools, ...(tool_choice == null ? {} : { toolChoice: tool_choice }) };
}

/** Text as it comes, which is what every model gives. */
const isPlain = (format: ChatCompletionRequest["response_format"]): boolean =>
  format == null || (typeof format === "object" && "type" in format && format.type === "text");

/** Of one of its prompts. */
export async function completionRequest(
  body: CompletionRequest,
  prompt: Prompt,
  { blobs, rng }: Sources,
): Promise<GenerateRequest> {
  return requestOf(body, rng, {
    ...answerLength(body, body.max_tokens, COMPLETION_TOKENS),
    logprobs: body.logprobs ?? undefined,
    input:
      typeof prompt === "string"
        ? { type: "prompt", prompt: await contentOf(prompt, blobs, { left: INLINE_CHARS }) }
        : { type: "tokens", tokens: [...prompt] },
  });
}

/** A text, or token ids. */
export type Prompt = string | readonly number[];

/** One text or one list of tokens is one of them. */
export function promptsOf(all: CompletionRequest["prompt"] | EmbeddingRequest["input"]): Prompt[] {
  if (typeof all === "string") return [all];
  return typeof all[0] === "number" ? [all as number[]] : (all as Prompt[]);
}

/** Who asks for no number gets what the context has room for; what is cut to fit leaves room for all of them. */
function answerLength({ overflow }: Common, asked: number | null | undefined, usual: number) {
  if (asked != null) return { maxTokens: asked };
  return { maxTokens: usual, ...((overflow ?? "refuse") === "refuse" ? { leastTokens: 1 } : {}) };
}

interface Rest {
  maxTokens: number;
  leastTokens?: number;
  logprobs: number | undefined;
  input: ModelInput;
}

/** OpenAI's default temperature is 1, ours 0. */
function requestOf(
  body: Common,
  rng: Rng,
  { maxTokens, leastTokens, logprobs, input }: Rest,
): GenerateRequest {
  return GenerateRequest.parse({
    model: body.model,
    context: (body.context ?? []) satisfies BlobRef[],
    input,
    sampling: {
      temperature: body.temperature ?? 1,
      topP: body.top_p ?? undefined,
      topK: Math.max(0, body.top_k ?? 0),
      minP: body.min_p ?? undefined,
      frequencyPenalty: body.frequency_penalty ?? undefined,
      presencePenalty: body.presence_penalty ?? undefined,
      repetitionPenalty: body.repetition_penalty ?? undefined,
      stop: body.stop == null ? undefined : [body.stop].flat(),
      ignoreEnd: body.ignore_eos ?? undefined,
      logprobs,
    },
    limits: { maxTokens, leastTokens, overflow: body.overflow ?? undefined },
    cacheSalt: body.cache_salt ?? undefined,
    seed: body.seed == null ? rng.integer(SEEDS) : Number(BigInt.asUintN(32, BigInt(body.seed))),
  });
}

/** Ours have 32 bits, and theirs may be negative. */
const SEEDS = 2 ** 32;

/** As vLLM does it: choice 0 is drawn with the seed that was given, and each further one with the next. */
export const ofChoice = (request: GenerateRequest, choice: number): GenerateRequest =>
  choice === 0 ? request : { ...request, seed: (request.seed + choice) % SEEDS };

async function messageOf(message: ChatMessage, blobs: Blobs, inline: { left: number }) {
  const { content, role, name, tool_calls: calls, tool_call_id: callId } = message;
  const text = typeof content === "string" ? content : (content ?? []).map((part) => part.text).join("");
  return {
    role: role === "developer" ? ("system" as const) : role,
    content: await contentOf(text, blobs, inline),
    ...(name == null ? {} : { name }),
    ...(calls == null || calls.length === 0 ? {} : { toolCalls: calls }),
    ...(callId == null ? {} : { toolCallId: callId }),
  };
}

/** In the message as long as there is room, a blob otherwise. */
export async function contentOf(text: string, blobs: Blobs, inline: { left: number }): Promise<Content> {
  if (text === "") return [];
  if (text.length <= inline.left) {
    inline.left -= text.length;
    return [{ type: "text", text }];
  }
  return [{ type: "text-ref", blob: await blobs.put(text, { mediaType: "text/plain" }) }];
}
