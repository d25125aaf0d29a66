/** A subnet small enough to see through: programs add two numbers, answers repeat a word. */
import { z } from "zod";
import type { Json } from "../../protocol/ids.ts";
import { answerTask, defineSubnet, programTask } from "../../protocol/subnet.ts";
import { ToolProfile, ToolReceiptDetail } from "../../protocol/tools.ts";

export const Params = z.object({
  sums: z.number().int().min(0).default(2),
  words: z.number().int().min(0).default(1),
  answerMs: z.number().int().default(30_000),
  /** Length of the text that a word task shows. */
  textLength: z.number().int().default(10),
  /** Makes `run` throw: a program job that cannot even begin. */
  brokenRun: z.boolean().default(false),
  /** Programs may call these tools. */
  tools: ToolProfile.optional(),
  /** Makes `score` throw, as a broken mechanism would. */
  broken: z.boolean().default(false),
});

export const tinySubnet = defineSubnet({
  name: "tiny",
  version: 1,
  summary: "Adds numbers and repeats words.",
  params: Params,
  kinds: {
    sum: programTask({
      public: z.object({}),
      sealed: z.object({
        broken: z.boolean(),
        brokenRun: z.boolean(),
        tools: ToolProfile.optional(),
        inputs: z.array(z.tuple([z.number(), z.number()])),
      }),
      run({ sealed }) {
        if (sealed.brokenRun) throw new Error("the mechanism cannot run");
        const granted = sealed.tools === undefined ? {} : { tools: sealed.tools };
        return { call: "add", cases: sealed.inputs as Json[], ...granted };
      },
      score({ task: { sealed }, cases, tools }) {
        if (sealed.broken) throw new Error("the mechanism is broken");
        const right = sealed.inputs.filter(
          ([a, b], i) => cases[i]?.outcome === "ok" && cases[i]?.output === a + b,
        ).length;
        const accuracy = right / sealed.inputs.length;
        const cited = tools?.receipts.flatMap(({ kind, detail }) =>
          kind === "tool.search_web" ? ToolReceiptDetail.parse(detail).results.map(({ url }) => url) : [],
        );
        return {
          ...{ outcome: accuracy === 1 ? "ok" : "wrong", accuracy, reward: accuracy },
          ...(cited === undefined ? {} : { detail: { cited } }),
        };
      },
    }),
    word: answerTask({
      public: z.object({ ms: z.number() }),
      sealed: z.object({ word: z.string() }),
      timeoutMs: ({ public: { ms } }) => ms,
      score: ({ task: { sealed }, answer }) =>
        answer.text.trim() === sealed.word
          ? { outcome: "ok", accuracy: 1, reward: 1 }
          : { outcome: "wrong", accuracy: 0, reward: 0 },
    }),
  },
  draw: ({ random, params }) => [
    ...Array.from({ length: params.sums }, (_, i) => ({
      id: `sum-${i}`,
      kind: "sum" as const,
      public: {},
      sealed: {
        broken: params.broken,
        brokenRun: params.brokenRun,
        ...(params.tools === undefined ? {} : { tools: params.tools }),
        inputs: [[random.integer(100), random.integer(100)]] as [number, number][],
      },
    })),
    ...Array.from({ length: params.words }, (_, i) => {
      const word = `w${random.integer(1_000_000)}`;
      return {
        id: `word-${i}`,
        kind: "word" as const,
        content: [{ type: "text" as const, text: `${word} ${"x".repeat(params.textLength)}` }],
        public: { ms: params.answerMs },
        sealed: { word },
      };
    }),
  ],
  rank: (previous, { scores }) => {
    const outcomes = { ...previous.outcomes };
    for (const { outcome } of scores) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const reward =
      scores.length === 0 ? 0 : scores.reduce((sum, score) => sum + score.reward, 0) / scores.length;
    const jobs = previous.jobs + scores.length;
    return { ...previous, rounds: previous.rounds + 1, jobs, outcomes, accuracy: reward, reward };
  },
  weigh: ({ standings }) => new Map(standings.map(({ uid, reward }) => [uid, reward])),
});
