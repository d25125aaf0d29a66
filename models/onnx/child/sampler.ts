/** Draws the next token from logits, and tells how probable tokens are. */
import type { ChosenLogprob, Sampling, TokenLogprob } from "../../../protocol/model.ts";
import type { Rng } from "../../../runtime/ports/rng.ts";

/** JSON has no minus infinity. */
const IMPOSSIBLE = -9_999;

export class Sampler {
  readonly #sampling: Sampling;
  readonly #rng: Rng;
  /** How often each token stands in the answer, for the penalties. */
  readonly #given = new Map<number, number>();

  constructor(sampling: Sampling, rng: Rng) {
    this.#sampling = sampling;
    this.#rng = rng;
  }

  /** The next token. Changes the logits where penalties apply. */
  pick(logits: Float32Array): number {
    this.#penalise(logits);
    const token = this.#sampling.temperature === 0 ? mostProbable(logits) : this.#draw(logits);
    this.#given.set(token, (this.#given.get(token) ?? 0) + 1);
    return token;
  }

  /** As the OpenAI API describes frequency and presence, and CTRL repetition (arXiv 1909.05858). */
  #penalise(logits: Float32Array): void {
    const { frequencyPenalty, presencePenalty, repetitionPenalty } = this.#sampling;
    if (frequencyPenalty === 0 && presencePenalty === 0 && repetitionPenalty === 1) return;
    for (const [token, count] of this.#given) {
      const logit = logits[token]!;
      const repeated = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
      logits[token] = repeated - count * frequencyPenalty - presencePenalty;
    }
  }

  #draw(logits: Float32Array): number {
    const { temperature, topP, topK, minP } = this.#sampling;
    const greatest = logits[mostProbable(logits)]!;
    // Less than this share of the best one's probability is never drawn: e^−20 is below what a double sum would notice.
    const floor = greatest + temperature * Math.max(-20, Math.log(minP));
    const candidates: { token: number; weight: number }[] = [];
    for (let token = 0; token < logits.length; token++) {
      const logit = logits[token]!;
      if (logit >= floor) candidates.push({ token, weight: Math.exp((logit - greatest) / temperature) });
    }
    candidates.sort((a, b) => b.weight - a.weight || a.token - b.token);
    if (topK > 0 && candidates.length > topK) candidates.length = topK;
    const kept = nucleus(candidates, topP);
    let left = this.#rng.next() * kept.reduce((sum, { weight }) => sum + weight, 0);
    for (const { token, weight } of kept) {
      left -= weight;
      if (left < 0) return token;
    }
    return kept.at(-1)!.token;
  }
}

/** The fewest best candidates that together have this share of the probability. */
function nucleus<T extends { weight: number }>(candidates: readonly T[], topP: number): readonly T[] {
  if (topP >= 1) return candidates;
  const enough = topP * candidates.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  const at = candidates.findIndex(({ weight }) => (sum += weight) >= enough);
  return candidates.slice(0, at + 1);
}

/** The first of the greatest. */
export function mostProbable(logits: Float32Array): number {
  let best = 0;
  let greatest = logits[0]!;
  for (let token = 1; token < logits.length; token++) {
    if (logits[token]! > greatest) {
      greatest = logits[token]!;
      best = token;
    }
  }
  return best;
}

/** How probable a token is before any sampling rule, with the `top` most probable ones, best first. */
export function logprobOf(logits: Float32Array, token: number, top: number): ChosenLogprob {
  const greatest = logits[mostProbable(logits)]!;
  let sum = 0;
  for (let at = 0; at < logits.length; at++) sum += Math.exp(logits[at]! - greatest);
  const logSum = greatest + Math.log(sum);
  const of = (each: number) => Math.min(0, Math.max(IMPOSSIBLE, logits[each]! - logSum));
  return {
    token,
    logprob: of(token),
    top: best(logits, top).map((each): TokenLogprob => ({ token: each, logprob: of(each) })),
  };
}

function best(logits: Float32Array, count: number): number[] {
  const found: number[] = [];
  if (count === 0) return found;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token]!;
    if (found.length === count && logit <= logits[found.at(-1)!]!) continue;
    let at = found.length;
    while (at > 0 && logits[found[at - 1]!]! < logit) at--;
    found.splice(at, 0, token);
    if (found.length > count) found.pop();
  }
  return found;
}
