/** Scores predictions of LongBench v1 rows as its `eval.py` does. */
import { DATASETS, datasetFacts, type LongBenchDataset, type LongBenchMetric } from "./datasets.ts";
import { classification, count, retrieval, retrievalChinese } from "./metrics/choice.ts";
import { codeSimilarity } from "./metrics/code-similarity.ts";
import { qaF1, qaF1Chinese } from "./metrics/f1.ts";
import { rougeL, rougeLChinese } from "./metrics/rouge.ts";
import { roundToCents, withoutLeadingNewlines } from "./python.ts";

type Metric = (prediction: string, reference: string, classes: readonly string[]) => number;

export const METRICS: Readonly<Record<LongBenchMetric, Metric>> = {
  qa_f1: qaF1,
  qa_f1_zh: qaF1Chinese,
  rouge: (prediction, reference) => rougeL(prediction, reference),
  rouge_zh: (prediction, reference) => rougeLChinese(prediction, reference),
  classification,
  retrieval,
  retrieval_zh: retrievalChinese,
  count,
  code_sim: codeSimilarity,
};

/** Score of one prediction, 0 to 1: the best over all references, after the dataset's first-line rule. */
export function scoreRow(input: {
  dataset: LongBenchDataset;
  prediction: string;
  answers: readonly string[];
  classes?: readonly string[] | null;
}): number {
  const { metric, firstLine } = datasetFacts(input.dataset);
  const prediction = firstLine
    ? (withoutLeadingNewlines(input.prediction).split("\n")[0] ?? "")
    : input.prediction;
  return input.answers.reduce(
    (best, answer) => Math.max(best, METRICS[metric](prediction, answer, input.classes ?? [])),
    0,
  );
}

const mean = (scores: readonly number[]): number =>
  scores.reduce((sum, score) => sum + score, 0) / scores.length;

/** A dataset's published figure: the mean in per cent, two decimals; null without rows. */
export const aggregate = (scores: readonly number[]): number | null =>
  scores.length === 0 ? null : roundToCents(100 * mean(scores));

/** LongBench-E's classes of a row's `length` (words; characters in Chinese). */
type ExtendedBucket = "0-4k" | "4-8k" | "8k+";

export const extendedBucket = (length: number): ExtendedBucket =>
  length < 4_000 ? "0-4k" : length < 8_000 ? "4-8k" : "8k+";

export const isExtended = (dataset: LongBenchDataset): boolean => "extended" in DATASETS[dataset];

/** LongBench-E's figure: one mean per length class. */
export function aggregateExtended(
  rows: readonly { length: number; score: number }[],
): Record<ExtendedBucket, number | null> {
  const of = (bucket: ExtendedBucket) =>
    aggregate(rows.filter((row) => extendedBucket(row.length) === bucket).map((row) => row.score));
  return { "0-4k": of("0-4k"), "4-8k": of("4-8k"), "8k+": of("8k+") };
}
