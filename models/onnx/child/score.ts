/** How probable a given text is: one prefill, never on anything read before, so that it has the same bits every time. */
import { Failure } from "../../../protocol/failure.ts";
import type { ScoreResult } from "../../../protocol/model.ts";
import { NO_USAGE } from "../../answer/numbered.ts";
import { checkLength, checkVocabulary, stateBytes } from "../../request/admit.ts";
import { scorePositions } from "../../request/positions.ts";
import type { Order } from "./messages.ts";
import { named, withText } from "./named.ts";
import { logprobOf } from "./sampler.ts";
import { readChunks, tokensOf, type Workplace } from "./work.ts";

export async function score(
  place: Workplace,
  order: Extract<Order, { type: "score" }>,
  signal: AbortSignal,
): Promise<ScoreResult> {
  const { card, clock, lanes, pace, steps, tokenizer } = place;
  const tokens = tokensOf(place, order.segments, true);
  checkVocabulary(card, tokens);
  checkLength(card, { maxTokens: 0, overflow: "refuse" }, tokens.length);
  if (tokens.length < 2)
    throw new Failure("malformed", "a text of fewer than two tokens has no probabilities");
  pace.check(tokens.length, order.remainingMs);
  const positions = scorePositions(order, tokens.length);
  const lane = lanes.take(tokens, { reserved: stateBytes(card, tokens.length), space: undefined });
  try {
    const began = clock.monotonic();
    const scores: ScoreResult["scores"] = [];
    // The logits after one token tell of the next.
    const within = (from: number, to: number) => positions.filter((at) => at - 1 >= from && at - 1 < to);
    const wanted = (from: number, to: number) => within(from, to).map((at) => at - 1 - from);
    let from = 0;
    for await (const { done, logits } of readChunks(lane.sequence, tokens, {
      ...place.manifest,
      steps,
      signal,
      wanted,
    })) {
      for (const [n, position] of within(from, done).entries()) {
        const told = logprobOf(logits[n]!, tokens[position]!, order.top);
        scores.push({ position, ...named(tokenizer, told) });
      }
      from = done;
    }
    const prefillMs = clock.monotonic() - began;
    pace.measured(tokens.length, prefillMs);
    const first = withText(tokenizer, { token: tokens[0]! });
    return {
      tokens: tokens.length,
      first,
      scores,
      usage: { ...NO_USAGE, promptTokens: tokens.length, prefillMs },
    };
  } finally {
    lanes.free(lane);
  }
}
