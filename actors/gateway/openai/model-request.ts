/** A request of the OpenAI API in the words of the model service; what is too long for a message becomes a blob. */
import { type BlobRef, INLINE_LIMIT } from "../../../protocol/blob.ts";
import type { Content } from "../../../protocol/content.ts";
import { GenerateRequest, type ModelInput } from "../../../protocol/model.ts";
import type { Blobs } from "../../../runtime/ports/blobs.ts";
import type { ChatCompletionRequest, ChatMessage, Common, CompletionRequest } from "./schemas.ts";

/** What OpenAI gives when nothing is asked for. */
const COMPLETION_TOKENS = 16;
const CHAT_TOKENS = 1_024;
/** Characters of one request that travel in the message itself; with its escapes it must fit into one. */
const INLINE_CHARS = INLINE_LIMIT / 4;

export async function chatRequest(body: ChatCompletionRequest, blobs: Blobs): Promise<GenerateRequest> {
  const inline = { left: INLINE_CHARS };
  const messages = [];
  for (const message of body.messages) messages.push(await messageOf(message, blobs, inline));
  return requestOf(body, {
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

/** No tools are the same as none asked for. */
function toolsOf({ tools, tool_choice }: ChatCompletionRequest) {
  if (tools == null || tools.length === 0) return {};
  return { tools, ...(tool_choice == null ? {} : { toolChoice: tool_choice }) };
}

/** Text as it comes, which is what every model gives. */
const isPlain = (format: ChatCompletionRequest["response_format"]): boolean =>
  format == null || (typeof format === "object" && "type" in format && format.type === "text");

export async function completionRequest(body: CompletionRequest, blobs: Blobs): Promise<GenerateRequest> {
  const prompt =
    typeof body.prompt !== "string" && typeof body.prompt[0] !== "number" ? body.prompt[0] : body.prompt;
  return requestOf(body, {
    ...answerLength(body, body.max_tokens, COMPLETION_TOKENS),
    logprobs: body.logprobs ?? undefined,
    input:
      typeof prompt === "string"
        ? { type: "prompt", prompt: await contentOf(prompt, blobs, { left: INLINE_CHARS }) }
        : { type: "tokens", tokens: prompt as number[] },
  });
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
function requestOf(body: Common, { maxTokens, leastTokens, logprobs, input }: Rest): GenerateRequest {
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
    seed: seedOf(body.seed),
  });
}

/** Ours has 32 bits, and theirs may be negative. */
const seedOf = (seed: number | null | undefined): number | undefined =>
  seed == null ? undefined : Number(BigInt.asUintN(32, BigInt(seed)));

async function messageOf(message: ChatMessage, blobs: Blobs, inline: { left: number }) {
  const { content, role } = message;
  const text = typeof content === "string" ? content : (content ?? []).map((part) => part.text).join("");
  return {
    role: role === "developer" ? ("system" as const) : role,
    content: await contentOf(text, blobs, inline),
    ...(message.name === undefined ? {} : { name: message.name }),
    ...(message.tool_calls === undefined ? {} : { toolCalls: message.tool_calls }),
    ...(message.tool_call_id === undefined ? {} : { toolCallId: message.tool_call_id }),
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
