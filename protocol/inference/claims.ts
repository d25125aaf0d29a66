/** What a challenge of a miner's model leaves behind: the tokens, what the miner claims of them, and what the judge's model says. */
import { z } from "zod";
import { sha256 } from "../canonical.ts";
import { Logprob, ModelId, TokenId } from "../model.ts";

/** Tokens of a transcript at most: prompt, nonces and answers together. */
export const MAX_TRANSCRIPT_TOKENS = 65_536;
/** Steps of a challenge, and claims of all of them. */
export const MAX_STEPS = 256;
export const MAX_CLAIMS = 8_192;

const Ms = z.number().nonnegative();
const Position = z.number().int().min(0).max(MAX_TRANSCRIPT_TOKENS);

/** One token of an answer, and how probable the miner says it was. */
export const ClaimedToken = z.object({
  /** Place in the transcript. */
  position: Position,
  token: TokenId,
  logprob: Logprob,
});
export type ClaimedToken = z.infer<typeof ClaimedToken>;

export const Transcript = z.object({
  model: ModelId,
  /** Prompt, nonces and answers, in order. */
  tokens: z.array(TokenId).max(MAX_TRANSCRIPT_TOKENS),
  claims: z.array(ClaimedToken).max(MAX_CLAIMS),
  /** Of each step by the validator's clock, in milliseconds: until the first token was there, and in all. */
  firstTokenMs: z.array(Ms).max(MAX_STEPS),
  stepMs: z.array(Ms).max(MAX_STEPS),
});
export type Transcript = z.infer<typeof Transcript>;

/** One position of the transcript: what the miner said, and what the validator's own model says. */
export const Checked = ClaimedToken.extend({
  /** Of the same token. */
  own: Logprob,
  /** Of the most probable token in its place: a greedy answer has that one. */
  best: Logprob,
});
export type Checked = z.infer<typeof Checked>;

/**
 * `count` of these positions, ascending, that nobody knows before the seed: those whose SHA-256 of `seed/position` comes
 * first. Whoever has the seed draws the same ones.
 */
export function drawPositions(positions: readonly number[], count: number, seed: string): number[] {
  const drawn = positions.map((position) => ({ position, order: sha256(`${seed}/${position}`) }));
  return drawn
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, count)
    .map(({ position }) => position)
    .sort((a, b) => a - b);
}
