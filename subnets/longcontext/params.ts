/** What an operator can set about the long-context subnet. */
import { z } from "zod";
import { Split } from "../../protocol/shares.ts";

export const LongContextParams = z.strictObject({
  /** Code challenges per round; beyond the number of different ones they repeat with other tests. */
  codeTasks: z.number().int().min(0).max(64).default(8),
  /** Hidden tests per code challenge. */
  codeTests: z.number().int().min(1).max(32).default(3),
  /** Items in the longest hidden input. */
  codeSize: z.number().int().min(4).max(4_096).default(100),
  /** One reading task per entry: how long its context is, in tokens. With a dataset, only their number counts. */
  readingTokens: z
    .array(z.number().int().min(1_000).max(2_000_000))
    .max(64)
    .default([16_000, 30_000, 120_000]),
  /** Time for an answer: this, and as much again as the next for every 100,000 tokens. Raise both for miners that run large models. */
  answerMs: z.number().int().min(100).max(1_800_000).default(6_000),
  answerMsPer100k: z.number().int().min(0).max(1_800_000).default(4_000),
  /** Weight of the newest round in a miner's moving average. */
  alpha: z.number().gt(0).max(1).default(0.1),
  /** How standings become weights. */
  split: Split.default("proportional"),
});
export type LongContextParams = z.infer<typeof LongContextParams>;

const LONGEST_ANSWER_MS = 1_800_000;

export const answerTimeout = (params: LongContextParams, tokens: number): number =>
  Math.min(params.answerMs + Math.ceil((params.answerMsPer100k * tokens) / 100_000), LONGEST_ANSWER_MS);
