/** A state that was taken out of its lane, for a later prompt with the same beginning. */
import type { Sequence } from "../sequence.ts";
import type { StateBytes } from "../session.ts";
import { copyTokens, stateSize } from "../state-layout.ts";
import type { Reading } from "./reading.ts";

export class Kept implements Reading {
  readonly space: string | undefined;
  readonly tokens: Uint32Array;
  usedAt: number;
  readonly #parts: readonly StateBytes[];

  constructor(of: Reading & { sequence: Sequence }) {
    this.space = of.space;
    this.tokens = of.tokens;
    this.usedAt = of.usedAt;
    this.#parts = of.sequence.take(of.tokens.length);
  }

  /** A sequence goes on from the first of its tokens. */
  putInto(sequence: Sequence, tokens: number): void {
    const whole = tokens === this.tokens.length;
    sequence.put(whole ? this.#parts : this.#parts.map((part) => firstTokens(part, tokens)), tokens);
  }

  /** Its memory goes back at once: the collector would let states pile up. */
  close(): void {
    for (const { data } of this.#parts) (data.buffer as ArrayBuffer).transfer(0);
  }
}

function firstTokens({ state, length, data }: StateBytes, tokens: number): StateBytes {
  const cut = new Uint8Array(stateSize(state, tokens));
  copyTokens(state, { data, length }, { data: cut, length: tokens }, tokens);
  return { state, length: tokens, data: cut };
}
