/** Log probabilities of a model without weights: a hash of its seed, the bytes before, and the byte itself. */
import type { ChosenLogprob, TokenLogprob } from "../../protocol/model.ts";

/** So many bytes before a position decide what it looks like. */
const WINDOW = 8;
const ALPHABET = 256;
/** A prime, so that alternatives do not repeat. */
const STRIDE = 37;

export interface Probabilities {
  /** Of the byte at this position of the text, with the `top` most probable ones in its place. */
  at(text: Uint8Array, position: number, top: number): ChosenLogprob;
}

/** `jitter` is how far each figure may lie from the seed's own, in nats. */
export function scriptedProbabilities(seed: number, jitter = 0): Probabilities {
  return {
    at(text, position, top) {
      let context = seed >>> 0;
      for (let at = Math.max(0, position - WINDOW); at < position; at++) context = mix(context, text[at]!);
      const token = text[position]!;
      const off = jitter * (fraction(mix(context ^ 0x5bd1_e995, token)) - 0.5);
      const logprob = Math.min(0, -0.7 * fraction(mix(context, token)) + off);
      const others: TokenLogprob[] = [];
      for (let rank = 1; rank < top; rank++) {
        others.push({
          ...namedByte((token + rank * STRIDE) % ALPHABET),
          logprob: logprob - rank - fraction(mix(context, rank)),
        });
      }
      const chosen = { ...namedByte(token), logprob };
      return { ...chosen, top: top === 0 ? [] : [chosen, ...others] };
    },
  };
}

/** A byte above ASCII is no text by itself. */
export const namedByte = (token: number) =>
  token < 128 ? { token, text: String.fromCharCode(token) } : { token };

/** FNV-1a, one byte at a time, with a final shuffle so that near contexts look nothing alike. */
export function mix(hash: number, byte: number): number {
  let z = Math.imul(hash ^ byte, 0x0100_0193) + 0x9e37_79b9;
  z = Math.imul(z ^ (z >>> 16), 0x85eb_ca6b);
  return (z ^ (z >>> 13)) >>> 0;
}

const fraction = (hash: number): number => hash / 2 ** 32;
