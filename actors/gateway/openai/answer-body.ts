/** Answers of models in the shapes of the OpenAI API: as events while they are made, or whole. */
import type { ChosenLogprob, GenerateChunk, ModelUsage, TokenLogprob } from "../../../protocol/model.ts";

type Kind = "chat" | "completion";
export interface AnswerHead {
  kind: Kind;
  id: string;
  /** Seconds since the Unix epoch. */
  created: number;
  model: string;
}

type Tokens = Extract<GenerateChunk, { type: "tokens" }>;
type End = Extract<GenerateChunk, { type: "end" }>;
type Body = Record<string, unknown>;

/** The first event of a conversation says who speaks. */
export const opening = (head: AnswerHead): Body[] =>
  head.kind === "chat"
    ? [event(head, { delta: { role: "assistant", content: "" }, finish_reason: null })]
    : [];

export function tokensEvent(head: AnswerHead, chunk: Tokens, offset: number): Body {
  const logprobs = chunk.logprobs === undefined ? null : logprobsOf(head.kind, chunk.logprobs, offset);
  return event(head, {
    ...(head.kind === "chat" ? { delta: { content: chunk.text } } : { text: chunk.text }),
    logprobs,
    finish_reason: null,
  });
}

export const toolCallsEvent = (head: AnswerHead, calls: readonly unknown[]): Body =>
  event(head, {
    delta: { tool_calls: calls.map((call, index) => ({ index, ...(call as object) })) },
    finish_reason: null,
  });

export const endEvent = (head: AnswerHead, { finishReason }: End): Body =>
  event(head, {
    ...(head.kind === "chat" ? { delta: {} } : { text: "" }),
    logprobs: null,
    finish_reason: finishReason,
  });

/** Asked for with `stream_options.include_usage`: one more event, without choices. */
export const usageEvent = (head: AnswerHead, { usage }: End): Body => ({
  ...frame(head),
  choices: [],
  usage: usageOf(usage),
});

export interface Gathered {
  text: string;
  logprobs: ChosenLogprob[] | undefined;
  calls: unknown[];
  end: End;
}

export function wholeBody(head: AnswerHead, { text, logprobs, calls, end }: Gathered): Body {
  const told = logprobs === undefined ? null : logprobsOf(head.kind, logprobs, 0);
  const message = {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    refusal: null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  const choice = {
    index: 0,
    ...(head.kind === "chat" ? { message } : { text }),
    logprobs: told,
    finish_reason: end.finishReason,
  };
  return {
    ...frame(head),
    object: head.kind === "chat" ? "chat.completion" : "text_completion",
    choices: [choice],
    usage: usageOf(end.usage),
  };
}

const frame = ({ kind, id, created, model }: AnswerHead): Body => ({
  id,
  object: kind === "chat" ? "chat.completion.chunk" : "text_completion",
  created,
  model,
  system_fingerprint: null,
});

const event = (head: AnswerHead, choice: Body): Body => ({
  ...frame(head),
  choices: [{ index: 0, ...choice }],
});

/** What an overflow policy did to the input is told beside OpenAI's own fields: nothing is cut in silence. */
const usageOf = (usage: ModelUsage): Body => ({
  prompt_tokens: usage.promptTokens,
  completion_tokens: usage.completionTokens,
  total_tokens: usage.promptTokens + usage.completionTokens,
  prompt_tokens_details: {
    cached_tokens: usage.cachedTokens,
    ...(usage.droppedTokens > 0 ? { dropped_tokens: usage.droppedTokens } : {}),
    ...(usage.passes > 1 ? { passes: usage.passes } : {}),
  },
});

const encoder = new TextEncoder();

function logprobsOf(kind: Kind, all: readonly ChosenLogprob[], offset: number): Body {
  if (kind === "chat") {
    const entry = (token: TokenLogprob): Body => ({
      token: nameOf(token),
      logprob: token.logprob,
      bytes: token.text === undefined ? null : [...encoder.encode(token.text)],
    });
    return {
      content: all.map((token) => ({ ...entry(token), top_logprobs: token.top.map(entry) })),
      refusal: null,
    };
  }
  let at = offset;
  return {
    tokens: all.map(nameOf),
    token_logprobs: all.map(({ logprob }) => logprob),
    top_logprobs: all.map(({ top }) =>
      Object.fromEntries(top.map((token) => [nameOf(token), token.logprob])),
    ),
    text_offset: all.map((token) => {
      const here = at;
      at += token.text?.length ?? 0;
      return here;
    }),
  };
}

/** As vLLM names tokens that are no text of their own. */
const nameOf = ({ token, text }: TokenLogprob): string => text ?? `token_id:${token}`;
