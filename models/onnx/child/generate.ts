/** One answer: the prompt in chunks, then a token at a time. */
import { Failure } from "../../../protocol/failure.ts";
import type { ChosenLogprob, FinishReason, ModelUsage } from "../../../protocol/model.ts";
import { createSeededRng } from "../../../runtime/ports/seeded-rng.ts";
import { AnswerText } from "../../answer/answer-text.ts";
import { NO_USAGE, type Unnumbered } from "../../answer/numbered.ts";
import { truncateMiddle } from "../../overflow/truncate-middle.ts";
import { answerRoom, checkLength, checkVocabulary, promptRoom, stateBytes } from "../../request/admit.ts";
import type { Lane } from "./lanes.ts";
import type { Order } from "./messages.ts";
import { named } from "./named.ts";
import { logprobOf, Sampler } from "./sampler.ts";
import { checkSnapshotSize, readSnapshot, type Snapshot, writeSnapshot } from "./snapshot-file.ts";
import { readChunks, tokensOf, type Workplace } from "./work.ts";

type GenerateOrder = Extract<Order, { type: "generate" }>;
export interface Made {
  chunk: Unnumbered;
  /** Beside the end. */
  state?: { bytes: Uint8Array; tokens: number };
}

export async function* generate(
  place: Workplace,
  order: GenerateOrder,
  signal: AbortSignal,
): AsyncGenerator<Made, void, undefined> {
  const { card, clock, lanes, pace, steps } = place;
  const { limits, resume } = order;
  const before = resume === undefined ? undefined : readSnapshot(resume.bytes, place.shape);
  const cached = before === undefined ? 0 : before.position + before.pending.length;
  const asked = tokensOf(place, order.segments, before === undefined);
  checkVocabulary(card, asked);
  const fitted =
    limits.overflow === "truncate-middle" ? truncateMiddle(asked, promptRoom(card, limits) - cached) : asked;
  const promptTokens = cached + fitted.length;
  checkLength(card, limits, promptTokens);
  if (promptTokens === 0)
    throw new Failure("malformed", "there is nothing to go on from", { hint: "Send a prompt." });
  const space = before === undefined ? order.space : undefined;
  pace.check(fitted.length - lanes.known(fitted, space), order.remainingMs);
  const maxTokens = answerRoom(card, limits, promptTokens);
  const most = stateBytes(card, promptTokens + maxTokens);
  if (order.snapshot) checkSnapshotSize(most, card.vocabulary);
  const toRead = before === undefined ? fitted : Uint32Array.from([...before.pending, ...fitted]);
  const lane = lanes.take(toRead, { reserved: most, space });
  try {
    const began = clock.monotonic();
    const start = lane.sequence.position;
    if (before !== undefined) lane.sequence.put(before.parts, before.position);
    let logits = before?.logits;
    const unread = toRead.subarray(start);
    let skipped = 0;
    const skip = (): number => {
      const more = lanes.catchUp(lane, toRead);
      skipped += more;
      return more;
    };
    const wanted = (from: number, to: number) => (to === unread.length ? [to - from - 1] : []);
    if (unread.length === 0) yield { chunk: { type: "prefill", done: promptTokens, total: promptTokens } };
    for await (const step of readChunks(lane.sequence, unread, {
      ...place.manifest,
      steps,
      signal,
      wanted,
      skip,
    })) {
      logits = step.logits[0];
      lanes.note(lane, toRead);
      const done = promptTokens - unread.length + step.done;
      yield { chunk: { type: "prefill", done, total: promptTokens } };
    }
    const prefillMs = clock.monotonic() - began;
    pace.measured(unread.length - skipped, prefillMs);
    const answer = yield* decode(place, { ...order, maxTokens }, lane, logits!, signal);
    const usage: ModelUsage = {
      ...NO_USAGE,
      promptTokens,
      completionTokens: answer.given,
      cachedTokens: cached + start + skipped,
      droppedTokens: asked.length - fitted.length,
      prefillMs,
      decodeMs: clock.monotonic() - began - prefillMs,
    };
    const state = order.snapshot ? snapshotOf(lane, answer) : undefined;
    yield {
      chunk: { type: "end", finishReason: answer.finishReason, usage },
      ...(state === undefined ? {} : { state }),
    };
  } finally {
    lanes.free(lane);
  }
}

interface Answer {
  given: number;
  finishReason: FinishReason;
  /** The last token, when it was given and not read. */
  pending: number[];
  /** After the last token that was read. */
  logits: Float32Array;
}

async function* decode(
  { tokenizer, manifest, steps }: Workplace,
  { sampling, maxTokens, seed }: GenerateOrder & { maxTokens: number },
  lane: Lane,
  first: Float32Array,
  signal: AbortSignal,
): AsyncGenerator<Made, Answer, undefined> {
  const sampler = new Sampler(sampling, createSeededRng(seed));
  const text = new AnswerText(sampling.stop);
  const ends = new Set(sampling.ignoreEnd ? [] : manifest.ends);
  let logits = first;
  let given = 0;
  let finishReason: FinishReason = "length";
  let pending: number[] = [];
  while (given < maxTokens) {
    for (const token of pending) logits = await steps.next(lane, token, signal);
    const { logprobs: top } = sampling;
    // Told as the model has it, before penalties: what another one that scores the text finds.
    const asIs = top === undefined ? undefined : logits.slice();
    const token = sampler.pick(logits);
    pending = [token];
    if (ends.has(token)) {
      finishReason = "stop";
      break;
    }
    given++;
    const shown = text.push(tokenizer.bytes(token));
    const logprobs: ChosenLogprob[] | undefined = asIs && [named(tokenizer, logprobOf(asIs, token, top!))];
    yield {
      chunk: {
        type: "tokens",
        tokens: [token],
        text: shown,
        ...(logprobs === undefined ? {} : { logprobs }),
      },
    };
    if (text.stopped) {
      finishReason = "stop";
      break;
    }
  }
  const rest = text.finish();
  if (rest !== "") yield { chunk: { type: "tokens", tokens: [], text: rest } };
  return { given, finishReason, pending, logits };
}

function snapshotOf({ sequence }: Lane, { pending, logits }: Answer): { bytes: Uint8Array; tokens: number } {
  const { position } = sequence;
  const snapshot: Snapshot = {
    position,
    pending,
    parts: sequence.take(),
    logits: pending.length > 0 ? undefined : logits,
  };
  return { bytes: writeSnapshot(snapshot), tokens: position + pending.length };
}
