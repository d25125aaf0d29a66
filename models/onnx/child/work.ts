/** What every kind of work in the model's process has at hand. */
import type { ModelCard } from "../../../protocol/model.ts";
import type { Clock } from "../../../runtime/ports/clock.ts";
import { checkTime } from "../../request/admit.ts";
import type { Segment } from "../../request/read-input.ts";
import { encodeSegments } from "../../tokenizer/encode-segments.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { DecoderShape } from "../decoder-shape.ts";
import type { Manifest } from "../manifest.ts";
import type { Sequence } from "../sequence.ts";
import type { Lanes } from "./lanes.ts";
import type { Steps } from "./steps.ts";

export interface Workplace {
  readonly manifest: Manifest;
  readonly card: ModelCard;
  readonly shape: DecoderShape;
  readonly tokenizer: Tokenizer;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly pace: Pace;
}

/** The best speed of prefill seen so far: what could not even be read at that speed is not begun. */
export class Pace {
  /** A shorter prompt tells how long a step takes at least, not how fast steps are. */
  readonly #least: number;
  #best: number | undefined;

  constructor(least: number) {
    this.#least = least;
  }

  check(tokens: number, remainingMs: number): void {
    checkTime(tokens, this.#best, remainingMs);
  }

  measured(tokens: number, ms: number): void {
    if (tokens >= this.#least && ms > 0) this.#best = Math.max(this.#best ?? 0, tokens / ms);
  }
}

export const tokensOf = (
  { tokenizer, manifest }: Workplace,
  segments: readonly Segment[],
  first: boolean,
): Uint32Array => encodeSegments(tokenizer, segments, first ? manifest.begin : null);

export interface ReadOptions {
  chunkTokens: number;
  heavy?: Manifest["heavy"];
  steps: Steps;
  signal: AbortSignal;
  /** Tokens that need not be read, for the sequence stands behind them already: asked before each chunk. */
  skip?: () => number;
}

/** Reads tokens chunk by chunk and gives the logits that `wanted` names in each chunk. */
export async function* readChunks(
  sequence: Sequence,
  tokens: Uint32Array,
  options: ReadOptions & { wanted: (from: number, to: number) => readonly number[] },
): AsyncGenerator<{ done: number; logits: Float32Array[] }, void, undefined> {
  for await (const { from, to } of turns(sequence, tokens, options)) {
    const logits = await sequence.feed(tokens.subarray(from, to), options.wanted(from, to));
    yield { done: to, logits };
  }
}

/** Reads tokens chunk by chunk and gives the states of the tokens of each, one after the other. */
export async function* readHidden(
  sequence: Sequence,
  tokens: Uint32Array,
  options: ReadOptions,
): AsyncGenerator<Float32Array, void, undefined> {
  for await (const { from, to } of turns(sequence, tokens, options)) {
    yield await sequence.hidden(tokens.subarray(from, to));
  }
}

/**
 * The borders of chunks, each when it is its turn. Chunks end where whole chunks from the beginning of the sequence end, so
 * that a prompt has the same bits whatever part of it was there before.
 */
async function* turns(
  sequence: Sequence,
  tokens: Uint32Array,
  { chunkTokens, heavy, steps, signal, skip = () => 0 }: ReadOptions,
): AsyncGenerator<{ from: number; to: number }, void, undefined> {
  for (let from = 0; from < tokens.length; ) {
    await steps.turn(signal);
    from += skip();
    const room = chunkTokens - (sequence.position % chunkTokens);
    const to = lightEnd(tokens, from, Math.min(tokens.length, from + room), heavy);
    yield { from, to };
    from = to;
  }
}

/** Where a step has to end so that it holds no more heavy tokens than it may. */
function lightEnd(tokens: Uint32Array, from: number, to: number, heavy: Manifest["heavy"]): number {
  if (heavy === undefined) return to;
  let seen = 0;
  for (let at = from; at < to; at++) {
    if (tokens[at] === heavy.token && ++seen > heavy.perStep) return at;
  }
  return to;
}
