import { describe, expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import { parseLongBenchFile, parseLongBenchRow } from "./row.ts";

const row = {
  input: "Who?",
  context: "Ada.",
  answers: ["Ada"],
  length: 3,
  dataset: "hotpotqa",
  language: "en",
  all_classes: null,
  _id: "a1",
};
const where = { file: "hotpotqa.jsonl", line: 7 };

test("reads a row", () => {
  expect(parseLongBenchRow(JSON.stringify(row), where)).toEqual({ ...row } as never);
});

test("a file of predictions beside the rows is passed over", () => {
  const prediction = JSON.stringify({ pred: "Ada", answers: ["Ada"], all_classes: null, length: 3 });
  expect(parseLongBenchRow(prediction, where)).toBeUndefined();
  expect(parseLongBenchFile(`${prediction}\n${JSON.stringify(row)}`, "x.jsonl")).toHaveLength(1);
});

test("a row of LongBench-E belongs to the plain dataset", () => {
  expect(parseLongBenchRow(JSON.stringify({ ...row, dataset: "hotpotqa_e" }), where)?.dataset).toBe(
    "hotpotqa",
  );
});

test("ignores blank lines and counts them", () => {
  const text = `\n${JSON.stringify(row)}\r\n\n{`;
  expect(() => parseLongBenchFile(text, "x.jsonl")).toThrow("x.jsonl:4: not JSON");
  expect(parseLongBenchFile(text.slice(0, -1), "x.jsonl")).toHaveLength(1);
});

describe("refuses, naming file, line and field", () => {
  test.each([
    ["{", "hotpotqa.jsonl:7: not JSON"],
    ["[]", "hotpotqa.jsonl:7: row:"],
    [JSON.stringify({ ...row, answers: [] }), "hotpotqa.jsonl:7: answers:"],
    [JSON.stringify({ ...row, answers: [1] }), "hotpotqa.jsonl:7: answers.0:"],
    [JSON.stringify({ ...row, dataset: "squad" }), "hotpotqa.jsonl:7: dataset:"],
    [JSON.stringify({ ...row, length: -1 }), "hotpotqa.jsonl:7: length:"],
    [JSON.stringify({ ...row, context: undefined }), "hotpotqa.jsonl:7: context:"],
    [JSON.stringify({ ...row, dataset: "trec" }), "hotpotqa.jsonl:7: all_classes: must list the classes"],
    [
      JSON.stringify({ ...row, dataset: "passage_retrieval_en" }),
      "hotpotqa.jsonl:7: answers: must name a paragraph",
    ],
  ])("%s", (line, message) => {
    const refusal = () => parseLongBenchRow(line, where);
    expect(refusal).toThrow(message);
    expect(refusal).toThrow(Failure);
  });
});
