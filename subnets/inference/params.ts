/** What operators of an inference subnet may set. */
import { z } from "zod";
import { Challenge } from "../../protocol/inference/challenge.ts";
import { Split } from "../../protocol/shares.ts";

const { model, weights, engines, steps, tokensPerStep, nonceTokens, positions } = Challenge.shape;

export const Params = z
  .strictObject({
    /** What miners serve, and each validator has a model actor of. */
    model: model.default("smollm2"),
    /** Digest of its weights: validators with other ones do not judge. */
    weights,
    /** What miners may compute with, where it is not what the validators' own model computes with. */
    engines,
    /** Challenges of each miner in a round. */
    challenges: z.number().int().min(1).max(16).default(2),
    /** Least and most words of a prompt. */
    promptWords: z.tuple([z.number().int().min(4), z.number().int().max(20_000)]).default([40, 200]),
    ...{ steps, tokensPerStep, nonceTokens, positions },
    /** For all steps of a challenge together. */
    timeoutMs: z.number().int().min(1_000).max(1_800_000).default(120_000),
    /** From here on faster is not better: mean time to the first token of a step, and tokens a second in all. */
    firstTokenMs: z.number().positive().max(600_000).default(250),
    tokensPerSecond: z.number().positive().max(100_000).default(50),
    /** Of the moving average. */
    alpha: z.number().gt(0).max(1).default(0.2),
    split: Split.default("proportional"),
  })
  .refine(({ promptWords: [least, most] }) => least <= most, {
    path: ["promptWords"],
    message: "the least is more than the most",
  });
export type Params = z.output<typeof Params>;
