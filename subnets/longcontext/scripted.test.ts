import { expect, test } from "bun:test";
import { CHALLENGES } from "./code/challenges/index.ts";
import { code, codeTask } from "./code/kind.ts";
import { randomOf } from "./random.ts";
import { type ScriptedCase, scriptedAnswer, scriptedCase, scriptedCases } from "./scripted.ts";

const task = codeTask(randomOf("task"), CHALLENGES[0]!, { id: "code-1", tests: 20, size: 5 });
const observed = (cases: ScriptedCase[]) =>
  cases.map(({ wallMs, fuel, ...rest }) => ({
    ...rest,
    stdout: "",
    stderr: "",
    usage: { wallMs, cpuMs: wallMs, fuel, peakBytes: null },
  }));
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
      code.score({ task, cases: observed(scriptedCases(script(`m${at}`, skill))) }),
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

test("a hidden input alone is enough for the right output", () => {
  const call = task.public.call;
  const run = (miner: string, skill: number) =>
    task.sealed.tests.map(({ input }) => scriptedCase({ seed: "s", miner, skill, call, input }));
  expect(code.score({ task, cases: observed(run("a", 1)) }).accuracy).toBe(1);
  expect(code.score({ task, cases: observed(run("a", 0)) }).accuracy).toBe(0);
  expect(run("a", 0.5)).toEqual(run("a", 0.5));
  expect(run("a", 0.5)).not.toEqual(run("b", 0.5));
});
