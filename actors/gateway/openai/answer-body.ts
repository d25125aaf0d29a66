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

/** The first token of a prompt has no probability. */
export type ToldLogprob = Omit<ChosenLogprob, "logprob"> & { logprob: number | null };

/** What is said before the answer: the prompt itself. */
export interface EchoChunk {
  type: "echo";
  text: string;
  logprobs?: readonly ToldLogprob[];
}
export type AnswerChunk = GenerateChunk | EchoChunk;
type End = Extract<GenerateChunk, { type: "end" }>;
type Body = Record<string, unknown>;

/** The first event of a conversation says who speaks. */
export const opening = (head: AnswerHead, index: number): Body =>
  event(head, index, { delta: { role: "assistant", content: "" }, finish_reason: null });

export function textEvent(
  head: AnswerHead,
  index: number,
  said: { text: string; logprobs?: readonly ToldLogprob[] | undefined; offset: number },
): Body {
  const { text, logprobs, offset } = said;
  return event(head, index, {
    ...(head.kind === "chat" ? { delta: { content: text } } : { text }),
    logprobs: logprobs === undefined ? null : logprobsOf(head.kind, logprobs, offset),
    finish_reason: null,
  });
}

export const toolCallsEvent = (head: AnswerHead, index: number, calls: readonly unknown[]): Body =>
  event(head, index, {
    delta: { tool_calls: calls.map((call, at) => ({ index: at, ...(call as object) })) },
    finish_reason: null,
  });

export const endEvent = (head: AnswerHead, index: number, { finishReason }: End): Body =>
  event(head, index, {
    ...(head.kind === "chat" ? { delta: {} } : { text: "" }),
    logprobs: null,
    finish_reason: finishReason,
  });

/** Asked for with `stream_options.include_usage`: one more event, without choices. */
export const usageEvent = (head: AnswerHead, usage: Body): Body => ({ ...frame(head), choices: [], usage });

export interface Gathered {
  text: string;
  logprobs: ToldLogprob[] | undefined;
  calls: unknown[];
  end: End;
}

export const wholeBody = (head: AnswerHead, answers: readonly Gathered[], usage: Body): Body => ({
  ...frame(head),
  object: head.kind === "chat" ? "chat.completion" : "text_completion",
  choices: answers.map((answer, index) => choiceOf(head.kind, index, answer)),
  usage,
});

function choiceOf(kind: Kind, index: number, { text, logprobs, calls, end }: Gathered): Body {
  const message = {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    refusal: null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  return {
    index,
    ...(kind === "chat" ? { message } : { text }),
    logprobs: logprobs === undefined ? null : logprobsOf(kind, logprobs, 0),
    finish_reason: end.finishReason,
  };
}

const frame = ({ kind, id, created, model }: AnswerHead): Body => ({
  id,
  object: kind === "chat" ? "chat.completion.chunk" : "text_completion",
  created,
  model,
  system_fingerprint: null,
});

const event = (head: AnswerHead, index: number, choice: Body): Body => ({
  ...frame(head),
  choices: [{ index, ...choice }],
});

/**
 * Of all choices, `each` of them of one prompt, which is counted once. What an overflow policy did to the input is told
 * beside OpenAI's own fields: nothing is cut in silence.
 */
export function usageOf(all: readonly ModelUsage[], each: number): Body {
  const prompts = all.filter((_, choice) => choice % each === 0);
  const sum = (of: readonly ModelUsage[], field: keyof ModelUsage): number =>
    of.reduce((total, usage) => total + usage[field], 0);
  const read = sum(prompts, "promptTokens");
  const given = sum(all, "completionTokens");
  const dropped = sum(prompts, "droppedTokens");
  const passes = sum(prompts, "passes");
  return {
    prompt_tokens: read,
    completion_tokens: given,
    total_tokens: read + given,
    prompt_tokens_details: {
      cached_tokens: sum(prompts, "cachedTokens"),
      ...(dropped > 0 ? { dropped_tokens: dropped } : {}),
      ...(passes > prompts.length ? { passes } : {}),
    },
  };
}

const encoder = new TextEncoder();

function logprobsOf(kind: Kind, all: readonly ToldLogprob[], offset: number): Body {
  if (kind === "chat") {
    const entry = (token: Omit<ToldLogprob, "top">): Body => ({
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
    // With the token itself, which may be less probable than those that were asked for.
    top_logprobs: all.map((token) =>
      token.logprob === null
        ? null
        : Object.fromEntries([...token.top, token].map((each) => [nameOf(each), each.logprob])),
    ),
    text_offset: all.map((token) => {
      const here = at;
      at += token.text?.length ?? 0;
      return here;
    }),
  };
}

/** As vLLM names tokens that are no text of their own. */
const nameOf = ({ token, text }: Pick<TokenLogprob, "token" | "text">): string => text ?? `token_id:${token}`;
