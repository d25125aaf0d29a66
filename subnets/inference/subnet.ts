/**
 * Miners serve one model, and earn by serving it fast. Each validator challenges them beside a copy of its own: what counts is
 * whether these are the model's answers and probabilities, and how long they took by the validator's clock.
 */
import { z } from "zod";
import { Challenge } from "../../protocol/inference/challenge.ts";
import type { InferenceObserved } from "../../protocol/inference/judged.ts";
import { movingAverage } from "../../protocol/moving-average.ts";
import { sharesOf } from "../../protocol/shares.ts";
import { defineSubnet, inferenceTask } from "../../protocol/subnet.ts";
import { Params } from "./params.ts";
import { drawPrompt } from "./prompt.ts";

/** Times that earn everything. */
const Targets = z.object({ firstTokenMs: z.number().positive(), tokensPerSecond: z.number().positive() });

const generate = inferenceTask({
  public: z.object({ challenge: Challenge, timeoutMs: z.number().int().positive(), targets: Targets }),
  sealed: z.object({}),
  challenge: ({ public: { challenge } }) => challenge,
  timeoutMs: ({ public: { timeoutMs } }) => timeoutMs,
  score({ task, inference }) {
    const { accepted, deviation, regret } = inference.verdict;
    const { firstTokenMs, tokensPerSecond } = speedOf(inference);
    const { targets } = task.public;
    const reward =
      (Math.min(1, targets.firstTokenMs / firstTokenMs) +
        Math.min(1, tokensPerSecond / targets.tokensPerSecond)) /
      2;
    return {
      outcome: accepted ? "ok" : "wrong",
      accuracy: accepted ? 1 : 0,
      reward: accepted ? reward : 0,
      detail: {
        ...{ deviation: rounded(deviation), regret: rounded(regret) },
        ...{ firstTokenMs: rounded(firstTokenMs), tokensPerSecond: rounded(tokensPerSecond) },
      },
    };
  },
});

/** Waiting for first tokens counts in both: who holds tokens back to send them at once gains nothing. */
function speedOf({ tokens, firstTokenMs, stepMs }: InferenceObserved): z.output<typeof Targets> {
  const [first, all] = [sum(firstTokenMs) / firstTokenMs.length, sum(stepMs)];
  return { firstTokenMs: Math.max(first, 0.001), tokensPerSecond: (1_000 * tokens) / Math.max(all, 0.001) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

export const inference = defineSubnet({
  name: "inference",
  version: 1,
  summary: "Serve a model: rewarded by speed, for answers that are the model's own",
  params: Params,
  kinds: { generate },
  draw({ random, params }) {
    const { challenges, promptWords, timeoutMs, firstTokenMs, tokensPerSecond } = params;
    const { model, weights, engines, steps, tokensPerStep, nonceTokens, positions } = params;
    const [least, most] = promptWords;
    return Array.from({ length: challenges }, (_, at) => ({
      id: `generate-${at + 1}`,
      kind: "generate",
      public: {
        challenge: {
          ...{ model, steps, tokensPerStep, nonceTokens, positions },
          prompt: drawPrompt(random, least + random.integer(most - least + 1)),
          ...(weights === undefined ? {} : { weights }),
          ...(engines === undefined ? {} : { engines }),
        },
        timeoutMs,
        targets: { firstTokenMs, tokensPerSecond },
      },
      sealed: {},
    }));
  },
  /** Who fails one challenge of a round has earned nothing in it: a cheat that passes now and then must pass always. */
  rank(previous, round, params) {
    const caught = round.scores.some(({ outcome }) => outcome === "wrong");
    const scores = caught ? round.scores.map((score) => ({ ...score, reward: 0 })) : round.scores;
    return movingAverage(previous, { ...round, scores }, params);
  },
  weigh: ({ standings, metagraph, params: { split } }) => sharesOf({ standings, metagraph, split }),
});
