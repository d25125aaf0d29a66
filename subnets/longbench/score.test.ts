import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { LONGBENCH_DATASETS, type LongBenchMetric } from "./datasets.ts";
import vectors from "./golden/vectors.json";
import { rougeL } from "./metrics/rouge.ts";
import { roundHalfEven, roundToCents } from "./python.ts";
import { parseLongBenchFile } from "./row.ts";
import { aggregate, aggregateExtended, extendedBucket, isExtended, METRICS, scoreRow } from "./score.ts";

const metricOf = (name: string) => METRICS[name.replace(/_score$/, "") as LongBenchMetric];

describe("scores equal to LongBench's metrics.py on CPython", () => {
  test.each(vectors.map((vector, at) => ({ at, ...vector })))("vector $at: $metric", (vector) => {
    const score = () =>
      metricOf(vector.metric)(
        vector.prediction,
        vector.ground_truth,
        Array.isArray(vector.all_classes) ? vector.all_classes : [],
      );
    if (typeof vector.score === "object") expect(score).toThrow("names no paragraph");
    else expect(score()).toBe(vector.score as number);
  });
});

const shared = new URL("../../../shared/data/longbench/", import.meta.url);
const here = existsSync(shared);
if (!here) console.warn("skipped: no real LongBench rows beside the repository (../shared/data/longbench)");

describe.skipIf(!here)("real LongBench rows", () => {
  const lines = (file: string) => readFileSync(new URL(file, shared), "utf8").split("\n").filter(Boolean);

  test("real predictions over all 21 sets get the official score", () => {
    const samples = lines("sample.jsonl").map((line) => JSON.parse(line));
    expect(new Set(samples.map((row) => row.dataset)).size).toBe(21);
    const scores = samples.map((row) =>
      scoreRow({
        dataset: row.dataset,
        prediction: row.pred,
        answers: row.answers,
        classes: row.all_classes,
      }),
    );
    expect(scores).toEqual(samples.map((row) => row.score));
  });

  test("every real row parses, and its own reference scores (almost) full marks", () => {
    const rows = parseLongBenchFile(lines("tasks.jsonl").join("\n"), "tasks.jsonl");
    expect(rows).toHaveLength(42);
    for (const row of rows) {
      const prediction = row.answers[0] as string;
      const score = scoreRow({
        dataset: row.dataset,
        prediction,
        answers: row.answers,
        classes: row.all_classes,
      });
      expect(score, `${row.dataset} ${row._id}`).toBeGreaterThan(0.99);
    }
  });
});

test("the first-line rule cuts the answers of few-shot sets only", () => {
  const row = { prediction: "\n\nParis\nLondon", answers: ["Paris"], classes: ["Paris", "London"] };
  expect(scoreRow({ dataset: "triviaqa", ...row })).toBe(1);
  expect(scoreRow({ dataset: "trec", ...row })).toBe(1);
  expect(scoreRow({ dataset: "hotpotqa", ...row })).toBeLessThan(1);
});

test("the best of several references counts", () => {
  expect(scoreRow({ dataset: "hotpotqa", prediction: "Rome", answers: ["Paris", "Rome", "Oslo"] })).toBe(1);
});

test("a text too long for Python's recursion scores 0 as in the reference, and fully in fixed mode", () => {
  const long = Array.from({ length: 1_100 }, (_, at) => `w${at}`).join(" ");
  expect(rougeL(long, long)).toBe(0);
  expect(rougeL(long, long, { recursion: "fixed" })).toBeCloseTo(1, 6);
});

test("every metric stays within 0 and 1 for any text", () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  fc.assert(
    fc.property(fc.constantFrom(...LONGBENCH_DATASETS), text, text, (dataset, prediction, answer) => {
      const reference = dataset.startsWith("passage_retrieval") ? `Paragraph 3 段落3 ${answer}` : answer;
      const score = scoreRow({ dataset, prediction, answers: [reference], classes: ["a", answer || "b"] });
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }),
    { numRuns: 300 },
  );
});

test("means are rounded as Python rounds", () => {
  expect(aggregate([0.1, 0.2, 0.30005])).toBe(20);
  expect(aggregate([])).toBeNull();
  expect([0.125, 0.375, 2.675, 1.005].map(roundToCents)).toEqual([0.12, 0.38, 2.67, 1]);
  expect([0.5, 1.5, 2.5, 3.49, 12.5].map(roundHalfEven)).toEqual([0, 2, 2, 3, 12]);
});

test("LongBench-E has 13 of the 21 sets", () => {
  expect(LONGBENCH_DATASETS.filter(isExtended)).toHaveLength(13);
});

test("LongBench-E averages by length class", () => {
  expect([0, 3_999, 4_000, 7_999, 8_000].map(extendedBucket)).toEqual([
    "0-4k",
    "0-4k",
    "4-8k",
    "4-8k",
    "8k+",
  ]);
  expect(
    aggregateExtended([
      { length: 10, score: 1 },
      { length: 20, score: 0 },
      { length: 9_000, score: 1 },
    ]),
  ).toEqual({
    "0-4k": 50,
    "4-8k": null,
    "8k+": 100,
  });
});
