/** What a mechanism asks of a miner's model, and how much of the answer is checked. */
import { z } from "zod";
import { Sha256 } from "../ids.ts";
import { ModelCard, ModelId, TokenId } from "../model.ts";
import { MAX_CLAIMS, MAX_STEPS, MAX_TRANSCRIPT_TOKENS } from "./claims.ts";

/** What decides the last digits of a probability: which engine computes, in which arithmetic. */
export const Computing = ModelCard.pick({ backend: true, dtype: true, versions: true });
export type Computing = z.infer<typeof Computing>;

export const Challenge = z
  .strictObject({
    model: ModelId,
    /** Digest of the weights, where validators must not differ: a judge with other ones gives no verdict. */
    weights: Sha256.optional(),
    /**
     * What miners may compute with, where it need not be what the judge's own model computes with. The widest measured
     * tolerance counts, whatever a miner says of itself.
     */
    engines: z.array(Computing).min(1).max(16).optional(),
    /** What is asked first: text, or tokens. Different for each challenge. */
    prompt: z.union([z.string().min(1).max(262_144), z.array(TokenId).min(1).max(32_768)]),
    /** Many short steps: long answers repeat themselves, and what repeats itself any model can say. */
    steps: z.number().int().min(1).max(MAX_STEPS).default(16),
    tokensPerStep: z.number().int().min(1).max(1_024).default(8),
    /** Before each step, drawn when the one before is over. */
    nonceTokens: z.number().int().min(1).max(64).default(4),
    /** Claims that are checked: 96 beside the same engine, more beside others, see `toleranceBetween`. */
    positions: z.number().int().min(1).max(MAX_CLAIMS).default(96),
  })
  .refine(({ steps, tokensPerStep }) => steps * tokensPerStep <= MAX_CLAIMS, {
    message: `more than ${MAX_CLAIMS} tokens are asked for`,
  });
export type Challenge = z.output<typeof Challenge>;
/** As a mechanism writes it. */
export type DraftChallenge = z.input<typeof Challenge>;

export type ChallengeShape = Pick<Challenge, "steps" | "tokensPerStep" | "nonceTokens">;

/** Tokens of the whole transcript, of a prompt of so many. */
export const transcriptTokens = (
  prompt: number,
  { steps, tokensPerStep, nonceTokens }: ChallengeShape,
): number => prompt + steps * (nonceTokens + tokensPerStep);

/** Where the answers stand in a transcript whose prompt has so many tokens. */
export const claimPositions = (
  prompt: number,
  { steps, tokensPerStep, nonceTokens }: ChallengeShape,
): number[] =>
  Array.from({ length: steps * tokensPerStep }, (_, at) => {
    const step = Math.floor(at / tokensPerStep);
    return prompt + (step + 1) * nonceTokens + at;
  });

/** Most tokens that a prompt may have in such a challenge, before a model of this length. */
export const promptRoom = (
  { contextLength }: Pick<ModelCard, "contextLength">,
  shape: ChallengeShape,
): number => Math.min(contextLength, MAX_TRANSCRIPT_TOKENS) - transcriptTokens(0, shape);
