/** The reading challenge: a question over a long context, in LongBench's format. */
import { z } from "zod";
import { answerTask, type DrawnTask } from "../../../protocol/subnet.ts";
import { datasetFacts, LONGBENCH_DATASETS } from "../../longbench/datasets.ts";
import { fillPrompt, PROMPTS } from "../../longbench/prompts.ts";
import type { LongBenchRow } from "../../longbench/row.ts";
import { scoreRow } from "../../longbench/score.ts";
import { BUCKET_NAMES, BUCKETS, bucketOf, rewardOf, tokensOf } from "./length.ts";

/** From this accuracy on an answer counts as `ok` in the outcome counts; rewards follow the accuracy itself. */
const OK_FROM = 0.5;
/** The reference stops a model after `maxNewTokens`; text beyond this many characters per token is not read. */
const CHARACTERS_PER_TOKEN = 16;

export const ReadingPublic = z.object({
  dataset: z.enum(LONGBENCH_DATASETS),
  /** LongBench's prompt with the question filled in; `{context}` stands for the task's content. */
  prompt: z.string().max(1_114_112),
  input: z.string().max(1_048_576),
  language: z.string().max(32),
  /** Bytes of the context divided by four. */
  tokens: z.number().int().nonnegative(),
  bucket: z.enum(BUCKET_NAMES),
  maxNewTokens: z.number().int().positive(),
  timeoutMs: z.number().int().positive(),
});
export type ReadingPublic = z.infer<typeof ReadingPublic>;

export const ReadingSealed = z.object({
  answers: z.array(z.string().max(65_536)).min(1).max(256),
  classes: z.array(z.string().max(256)).max(1_024).nullable(),
});
export type ReadingSealed = z.infer<typeof ReadingSealed>;

export type ReadingTask = DrawnTask<ReadingPublic, ReadingSealed> & { kind: "reading" };

export const reading = answerTask({
  public: ReadingPublic,
  sealed: ReadingSealed,
  timeoutMs: (task) => task.public.timeoutMs,
  score({ task, answer }) {
    const { dataset, maxNewTokens } = task.public;
    const bucket = BUCKETS.find(({ name }) => name === task.public.bucket) ?? BUCKETS[0];
    const accuracy = scoreRow({
      dataset,
      prediction: answer.text.slice(0, maxNewTokens * CHARACTERS_PER_TOKEN),
      answers: task.sealed.answers,
      classes: task.sealed.classes,
    });
    return {
      outcome: accuracy >= OK_FROM ? "ok" : "wrong",
      accuracy,
      reward: rewardOf(accuracy, bucket),
      detail: {
        dataset,
        metric: datasetFacts(dataset).metric,
        bucket: bucket.name,
        multiplier: bucket.multiplier,
      },
    };
  },
});

type Row = Pick<LongBenchRow, "dataset" | "input" | "context" | "answers" | "all_classes"> & {
  language?: string;
};

/** A row as a task: question and context public, references and classes sealed. */
export function readingTask(id: string, row: Row, timeout: (tokens: number) => number): ReadingTask {
  const tokens = tokensOf(row.context);
  return {
    id,
    kind: "reading",
    content: [{ type: "text", text: row.context }],
    public: {
      dataset: row.dataset,
      prompt: fillPrompt(PROMPTS[row.dataset], { input: row.input }),
      input: row.input,
      language: row.language ?? "en",
      tokens,
      bucket: bucketOf(tokens).name,
      maxNewTokens: datasetFacts(row.dataset).maxNewTokens,
      timeoutMs: timeout(tokens),
    },
    sealed: { answers: row.answers, classes: row.all_classes },
  };
}
