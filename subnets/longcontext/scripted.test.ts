import { expect, test } from "bun:test";
import { CHALLENGES } from "./code/challenges/index.ts";
import { code, codeTask } from "./code/kind.ts";
import { randomOf } from "./random.ts";
import { scriptedAnswer, scriptedCases } from "./scripted.ts";

const task = codeTask(randomOf("task"), CHALLENGES[0]!, { id: "code-1", tests: 20, size: 5 });
const script = (miner: string, skill: number, round = 1) => ({
  seed: "s",
  miner,
  skill,
  task: { id: task.id, round, sealed: task.sealed },
});

test("the same miner and task behave the same, others differently", () => {
  expect(scriptedCases(script("a", 0.5))).toEqual(scriptedCases(script("a", 0.5)));
  expect(scriptedCases(script("a", 0.5))).not.toEqual(scriptedCases(script("b", 0.5)));
  expect(scriptedCases(script("a", 0.5))).not.toEqual(scriptedCases(script("a", 0.5, 2)));
});

test("the judge finds the accuracy that the skill asks for", () => {
  const mean = (skill: number) => {
    const scores = Array.from({ length: 50 }, (_, at) =>
      code.score({ task, cases: scriptedCases(script(`m${at}`, skill)) }),
    );
    return scores.reduce((sum, { accuracy }) => sum + accuracy, 0) / scores.length;
  };
  expect(mean(0)).toBe(0);
  expect(mean(1)).toBe(1);
  expect(mean(0.6)).toBeCloseTo(0.6, 1);
});

test("answers are right as often as the skill says", () => {
  const right = Array.from({ length: 500 }, (_, round) =>
    scriptedAnswer({
      ...script("a", 0.25, round),
      task: { id: "r", round, sealed: { answers: ["x"], classes: null } },
    }),
  ).filter(({ text }) => text === "x");
  expect(right.length / 500).toBeCloseTo(0.25, 1);
});
