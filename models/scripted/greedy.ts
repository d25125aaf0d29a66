/**
 * A language without words, for challenges: the bytes before decide which byte is most probable, and how much more than the next.
 * Models of one seed agree, but for a jitter; those of other seeds agree on nothing.
 */
import { mix, namedByte, type Probabilities } from "./probabilities.ts";

/** So many bytes before a position decide what it looks like. */
const WINDOW = 8;
const ALPHABET = 256;
/** From the most probable byte to the next in its place. */
const RUNNER_UP = 37;
const OTHERS_NATS = 4;

export interface GreedyOptions {
  /** How far each figure may lie from the seed's own, in nats: other arithmetic, or fewer bits. */
  jitter?: number;
  /** Models of one jitter differ by it. */
  noise?: number;
}

export interface GreedyLanguage extends Probabilities {
  /** The most probable bytes after these. */
  continued(text: Uint8Array, count: number): Uint8Array;
}

export function greedyLanguage(seed: number, { jitter = 0, noise = 0 }: GreedyOptions = {}): GreedyLanguage {
  const contextAt = (text: Uint8Array, position: number): number => {
    let context = seed >>> 0;
    for (let at = Math.max(0, position - WINDOW); at < position; at++) context = mix(context, text[at]!);
    return context;
  };
  /** Two candidates, of which jitter may make the second the first; a near tie is as likely as a wide gap. */
  function candidates(context: number): { token: number; logprob: number }[] {
    const [best, gap] = [mix(context, 1) % ALPHABET, 2 * fraction(mix(context, 2)) ** 2];
    const logprob = -0.8 - 0.6 * fraction(mix(context, 3));
    return [
      { token: best, logprob: off(context, best, logprob) },
      { token: (best + RUNNER_UP) % ALPHABET, logprob: off(context, best + RUNNER_UP, logprob - gap) },
    ].sort((a, b) => b.logprob - a.logprob);
  }
  const off = (context: number, token: number, logprob: number): number =>
    Math.min(0, logprob + jitter * (fraction(mix(mix(context ^ noise, token), 5)) - 0.5));

  return {
    at(text, position, top) {
      const context = contextAt(text, position);
      const known = candidates(context);
      const token = text[position]!;
      const chosen = known.find((each) => each.token === token) ?? {
        token,
        logprob: off(context, token, -OTHERS_NATS - fraction(mix(context, token))),
      };
      const alternatives = known
        .slice(0, top)
        .map((each) => ({ ...namedByte(each.token), logprob: each.logprob }));
      return { ...namedByte(token), logprob: chosen.logprob, top: alternatives };
    },
    continued(text, count) {
      const all = new Uint8Array(text.length + count);
      all.set(text);
      for (let at = text.length; at < all.length; at++) all[at] = candidates(contextAt(all, at))[0]!.token;
      return all.subarray(text.length);
    },
  };
}

const fraction = (hash: number): number => hash / 2 ** 32;
