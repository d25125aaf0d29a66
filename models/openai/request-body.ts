/** A request in the words of the OpenAI API. */
import { Failure } from "../../protocol/failure.ts";
import type { GenerateRequest, Message, ModelInput, Sampling } from "../../protocol/model.ts";
import type { ReadParts, Segment, Turn } from "../request/read-input.ts";
import { DIALECTS, type Dialect, NEUTRAL } from "./dialect.ts";

export interface OpenAiBody {
  readonly path: "chat/completions" | "completions";
  readonly body: Readonly<Record<string, unknown>>;
}

/** Fails with `refused` for what this server has no word for. */
export function openAiBody(
  request: GenerateRequest,
  input: ReadParts,
  { served, dialect, space }: { served: string; dialect: Dialect; space?: string | undefined },
): OpenAiBody {
  const rules = DIALECTS[dialect];
  const { limits, sampling } = request;
  if (sampling.stop.length > rules.stops) throw noWord(dialect, `more than ${rules.stops} stop texts`);
  // llama.cpp has no log probabilities beside tools: then its tokens stay without ids.
  const idsByLogprobs = rules.tokenIds === "with-logprobs" && toolsOf(request.input).tools === undefined;
  const logprobs = idsByLogprobs ? Math.max(1, sampling.logprobs ?? 1) : sampling.logprobs;
  const common = {
    model: served,
    stream: true,
    stream_options: { include_usage: true },
    temperature: sampling.temperature,
    top_p: sampling.topP,
    seed: request.seed,
    ...(sampling.frequencyPenalty === 0 ? {} : { frequency_penalty: sampling.frequencyPenalty }),
    ...(sampling.presencePenalty === 0 ? {} : { presence_penalty: sampling.presencePenalty }),
    ...(sampling.stop.length === 0 ? {} : { stop: sampling.stop }),
    ...(rules.cacheSalt && space !== undefined ? { cache_salt: digestOf(space) } : {}),
    ...extras(sampling, dialect),
    ...(rules.tokenIds === "with-logprobs" ? {} : rules.tokenIds),
  };
  if (input.type === "prompt") {
    return {
      path: "completions",
      body: {
        ...common,
        max_tokens: limits.maxTokens,
        prompt: promptOf(input.segments, dialect),
        ...(logprobs === undefined ? {} : { logprobs }),
      },
    };
  }
  return {
    path: "chat/completions",
    body: {
      ...common,
      [rules.maxTokens]: limits.maxTokens,
      messages: messagesOf(request.input, input.turns),
      ...(logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs }),
      ...toolsOf(request.input),
    },
  };
}

/** The names of our callers are no business of a server's. */
const digestOf = (space: string): string => new Bun.CryptoHasher("sha256").update(space).digest("hex");

function extras(sampling: Sampling, dialect: Dialect): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of Object.keys(NEUTRAL) as (keyof typeof NEUTRAL)[]) {
    if (sampling[field] === NEUTRAL[field]) continue;
    const name = DIALECTS[dialect].sampling[field];
    if (name === undefined) throw noWord(dialect, `sampling.${field}`);
    body[name] = sampling[field];
  }
  return body;
}

/** Text, or token ids; a server that is given both at once would join them where it likes. */
export function promptOf(segments: readonly Segment[], dialect: Dialect): string | number[] {
  const tokens = segments.filter((part) => part.type === "tokens");
  if (tokens.length === 0) return segments.map(textOf).join("");
  if (tokens.length < segments.length) throw noWord(dialect, "text and tokens in one prompt");
  if (!DIALECTS[dialect].tokenPrompts) throw noWord(dialect, "a prompt of tokens");
  return tokens.flatMap((part) => Array.from(part.tokens));
}

function messagesOf(input: ModelInput, turns: readonly Turn[]): Record<string, unknown>[] {
  const messages = input.type === "messages" ? input.messages : [];
  return turns.map(({ role, parts }, at) => {
    const { toolCalls, toolCallId, name }: Partial<Message> = messages[at] ?? {};
    return {
      role,
      content: parts.map(textOf).join(""),
      ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
      ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
      ...(name === undefined ? {} : { name }),
    };
  });
}

function toolsOf(input: ModelInput): { tools?: unknown; tool_choice?: unknown; response_format?: unknown } {
  if (input.type !== "messages") return {};
  return {
    ...(input.tools === undefined ? {} : { tools: input.tools }),
    ...(input.toolChoice === undefined ? {} : { tool_choice: input.toolChoice }),
    ...(input.responseFormat === undefined ? {} : { response_format: input.responseFormat }),
  };
}

function textOf(part: Segment): string {
  if (part.type === "text") return part.text;
  throw new Failure("refused", "a conversation with this server is text, not tokens", {
    hint: "Send the context as text, or the whole input as tokens.",
  });
}

const noWord = (dialect: Dialect, what: string): Failure =>
  new Failure("refused", `a server of kind ${dialect} does not know ${what}`, {
    meta: { dialect, what },
    hint: "Leave it out, or name the server's kind if it is another one.",
  });
