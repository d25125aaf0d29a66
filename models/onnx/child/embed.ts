/** Vectors of texts: one prefill each, on a sequence of its own, of the tokens' states after the last norm. */
import { Failure } from "../../../protocol/failure.ts";
import type { EmbedResult } from "../../../protocol/model.ts";
import { NO_USAGE } from "../../answer/numbered.ts";
import { unitVector } from "../../answer/unit-vector.ts";
import { checkLength, checkVocabulary, stateBytes } from "../../request/admit.ts";
import type { Segment } from "../../request/read-input.ts";
import type { Order } from "./messages.ts";
import { Pool } from "./pool.ts";
import { readHidden, tokensOf, type Workplace } from "./work.ts";

export async function embed(
  place: Workplace,
  order: Extract<Order, { type: "embed" }>,
  signal: AbortSignal,
): Promise<EmbedResult> {
  const { card, clock, lanes, pace, steps } = place;
  const { embedding } = card;
  if (embedding === undefined) throw new Failure("defect", "a model without embeddings was asked for some");
  // All of them are looked at before the first is read.
  const texts = order.inputs.map((segments, at) => tokensToEmbed(place, segments, at));
  const promptTokens = texts.reduce((sum, { length }) => sum + length, 0);
  const longest = texts.reduce((most, text) => (text.length > most.length ? text : most));
  pace.check(promptTokens, order.remainingMs);
  const lane = lanes.take(longest, { reserved: stateBytes(card, longest.length), space: undefined });
  try {
    const began = clock.monotonic();
    const vectors: number[][] = [];
    for (const tokens of texts) {
      lane.sequence.rewind(0);
      const pool = new Pool(embedding.pooling, embedding.dimensions);
      for await (const states of readHidden(lane.sequence, tokens, { ...place.manifest, steps, signal })) {
        pool.add(states);
      }
      vectors.push(unitVector(pool.vector(), order.dimensions));
    }
    const prefillMs = clock.monotonic() - began;
    pace.measured(promptTokens, prefillMs);
    return { vectors, usage: { ...NO_USAGE, promptTokens, prefillMs } };
  } finally {
    lanes.free(lane);
  }
}

/** Who sends tokens sends all of them; a text is opened and ended as its model was trained. */
function tokensToEmbed(place: Workplace, segments: readonly Segment[], input: number): Uint32Array {
  const { card, manifest } = place;
  const tokens = tokensOf(place, segments, true);
  if (tokens.length === 0) {
    throw new Failure("malformed", `input ${input} is empty`, {
      hint: "Leave it out: nothing has no vector.",
    });
  }
  checkVocabulary(card, tokens);
  const end = manifest.embedding?.end ?? null;
  const ends = end !== null && segments.at(-1)?.type === "text" && tokens.at(-1) !== end;
  const whole = ends ? Uint32Array.from([...tokens, end]) : tokens;
  checkLength(card, { maxTokens: 0, overflow: "refuse" }, whole.length);
  return whole;
}
