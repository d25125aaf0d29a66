/** A streamed answer of a server as chunks of ours. */
import { INLINE_LIMIT } from "../../protocol/blob.ts";
import type { ChosenLogprob, FinishReason } from "../../protocol/model.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { NO_USAGE, type Unnumbered } from "../answer/numbered.ts";
import { type Event, eventsIn, type Usage } from "./events.ts";
import { chosenLogprobs } from "./logprobs.ts";
import { type Answer, misbehaved } from "./server.ts";
import { ToolCalls } from "./tool-calls.ts";

/** What servers call their reasons; an answer that was cut off by the server itself has none of these. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  eos: "stop",
  length: "length",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  content_filter: "content_filter",
};

/** Fails with `provider` when the stream breaks off, or leaves out what it used: nobody could be paid by that. */
export async function* answerOf(
  { askedAt, bytes }: Answer,
  { clock, logprobs, contextLength }: { clock: Clock; logprobs: number | undefined; contextLength: number },
): AsyncGenerator<Unnumbered, void, undefined> {
  const tools = new ToolCalls();
  let firstAt: number | undefined;
  let reason: string | undefined;
  let usage: Usage | undefined;
  for await (const event of eventsIn(bytes(), { contextLength, now: () => clock.now() })) {
    usage = event.usage ?? usage;
    const choice = event.choices[0];
    if (choice === undefined) continue;
    reason = choice.finish_reason ?? reason;
    for (const part of choice.delta?.tool_calls ?? []) tools.add(part);
    const piece = pieceOf(choice, logprobs);
    if (piece === undefined) continue;
    firstAt ??= clock.monotonic();
    yield* piece;
  }
  const calls = tools.list();
  if (calls.length > 0) yield { type: "tool-calls", calls };
  const finishReason = REASONS[reason ?? ""];
  if (finishReason === undefined) {
    throw misbehaved(
      reason === undefined ? "its answer broke off" : "its answer ended for a reason nobody knows",
      {
        reason: reason ?? "none",
      },
    );
  }
  if (usage === undefined) throw misbehaved("it does not say how many tokens it used");
  const now = clock.monotonic();
  yield {
    type: "end",
    finishReason,
    usage: {
      ...NO_USAGE,
      promptTokens: usage.prompt_tokens,
      completionTokens: usage.completion_tokens,
      cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
      prefillMs: (firstAt ?? now) - askedAt,
      decodeMs: now - (firstAt ?? now),
    },
  };
}

/** One chunk, or more when the text is longer than a chunk may be; the tokens are all in the first. */
function pieceOf(choice: Event["choices"][number], wanted: number | undefined): Unnumbered[] | undefined {
  const text = choice.text ?? choice.delta?.content ?? "";
  const logprobs = choice.logprobs == null ? undefined : chosenLogprobs(choice.logprobs, choice.token_ids);
  const tokens = choice.token_ids ?? idsOf(logprobs);
  if (text === "" && tokens.length === 0) return undefined;
  const shown =
    wanted === undefined || logprobs === undefined
      ? {}
      : { logprobs: logprobs.map((each) => ({ ...each, top: each.top.slice(0, wanted) })) };
  const first = { tokens, text: text.slice(0, INLINE_LIMIT), ...shown };
  const chunks: Unnumbered[] = [{ type: "tokens", ...first }];
  for (let at = INLINE_LIMIT; at < text.length; at += INLINE_LIMIT) {
    chunks.push({ type: "tokens", tokens: [], text: text.slice(at, at + INLINE_LIMIT) });
  }
  return chunks;
}

const idsOf = (logprobs: readonly ChosenLogprob[] | undefined): number[] =>
  (logprobs ?? []).flatMap(({ token }) => (token === null ? [] : [token]));
