import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Json } from "../../protocol/ids.ts";
import type { CaseResult } from "../../protocol/isolate.ts";
import { fillPrompt, PROMPTS } from "../longbench/prompts.ts";
import { matches } from "./code/compare.ts";
import type { CodeTask } from "./code/kind.ts";
import { longcontext } from "./index.ts";
import { answerer, PERSONALITIES, programOf } from "./miners/index.ts";
import { LongContextParams } from "./params.ts";
import { randomOf } from "./random.ts";
import type { ReadingTask } from "./reading/kind.ts";
import { BUCKETS, bucketOf, tokensOf } from "./reading/length.ts";

const drawWith = (seed: string, params: object = {}, dataset: Record<string, Json[]> = {}) =>
  longcontext.draw({
    round: 1,
    seed,
    random: randomOf(seed),
    params: LongContextParams.parse(params),
    dataset,
  });
const codeOf = (seed: string, params: object = {}) =>
  drawWith(seed, { readingTokens: [], ...params }).filter((task): task is CodeTask => task.kind === "code");
const readingOf = (seed: string, params: object = {}, dataset: Record<string, Json[]> = {}) =>
  drawWith(seed, { codeTasks: 0, ...params }, dataset).filter(
    (task): task is ReadingTask => task.kind === "reading",
  );
const seeds = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 1, maxLength: 16 });

const usage = { firstTokenMs: 1, totalMs: 2, chunks: 1, bytes: 1 };
const done = (output: Json): CaseResult => ({
  outcome: "ok",
  output,
  stdout: "",
  stderr: "",
  usage: { wallMs: 1, cpuMs: 1, fuel: 1, peakBytes: 1 },
});

describe("draw", () => {
  test("a default round has eight different code tasks, two contexts up to 32k and one up to 124k", () => {
    const tasks = drawWith("a1");
    expect(new Set(codeOf("a1").map((task) => task.public.challenge)).size).toBe(8);
    expect(readingOf("a1").map((task) => task.public.bucket)).toEqual(["32k", "32k", "124k"]);
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
  });

  test("the same seed gives the same tasks, another seed other hidden tests for every challenge", () => {
    fc.assert(
      fc.property(seeds, seeds, (one, other) => {
        const all = { codeTasks: 9, codeSize: 12, readingTokens: [2_000] };
        expect(drawWith(one, all)).toEqual(drawWith(one, all));
        if (one === other) return;
        const hidden = (seed: string) =>
          new Map(codeOf(seed, all).map((task) => [task.public.call, task.sealed.tests]));
        for (const [call, tests] of hidden(one)) expect(hidden(other).get(call)).not.toEqual(tests);
      }),
      { numRuns: 25 },
    );
  });

  test("every task satisfies the schemas of its kind", () => {
    for (const task of drawWith("b2", { codeTasks: 20, readingTokens: Array(24).fill(3_000) })) {
      const kind = longcontext.kinds[task.kind];
      expect(kind.public.parse(task.public)).toEqual(task.public as never);
      expect(kind.sealed.parse(task.sealed)).toEqual(task.sealed as never);
    }
  });

  test("contexts come close to the length asked for, up to two million tokens", () => {
    for (const task of readingOf("c3", {
      readingTokens: [...Array(16).fill(20_000), 2_000_000, 2_000_000],
    })) {
      const asked = task.public.tokens > 100_000 ? 2_000_000 : 20_000;
      expect(task.public.tokens, task.public.dataset).toBeGreaterThan(asked * 0.7);
      expect(task.public.tokens, task.public.dataset).toBeLessThan(asked * 1.1);
    }
  });

  test("rows of a dataset are used at their own length, whatever the order of its files", () => {
    const row = (id: string) => ({
      input: "Who?",
      context: `Ada ${id}.`,
      answers: ["Ada"],
      length: 3,
      dataset: "hotpotqa",
      language: "en",
      all_classes: null,
      _id: id,
    });
    const [a, b] = [["1", "2"].map(row), ["3", "4"].map(row)];
    const tasks = readingOf("d4", {}, { a, b });
    expect(tasks.map((task) => task.public.dataset)).toEqual(["hotpotqa", "hotpotqa", "hotpotqa"]);
    expect(tasks).toEqual(readingOf("d4", {}, { b, a }));
    expect(tasks).toEqual(readingOf("d4", {}, { a, b, c: [{ pred: "Ada", answers: ["Ada"], length: 3 }] }));
    expect(() => readingOf("d4", {}, { a: [{ ...row("5"), answers: [] }] })).toThrow("row 1 of a");
  });
});

describe("what is sealed stays sealed", () => {
  /** All strings and numbers in a value that say something by themselves. */
  const telling = (value: Json): string[] =>
    typeof value === "string"
      ? [value]
      : typeof value === "object" && value !== null
        ? Object.values(value).flatMap(telling)
        : [];

  test("no expected output reaches the public part of a code task or an isolate", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const task of codeOf(seed, { codeTasks: 9, codeSize: 12 })) {
          const run = longcontext.kinds.code.run(task);
          expect(run.cases).toEqual(task.sealed.tests.map(({ input }) => input));
          expect(Object.keys(run).sort()).toEqual(["call", "cases", "limits", "runtime"]);
          const shown = JSON.stringify(task.public);
          for (const { input, expected } of task.sealed.tests) {
            const whole = JSON.stringify(expected);
            if (whole.length < 40) continue;
            expect(shown).not.toContain(whole);
            expect(shown).not.toContain(JSON.stringify(input));
            expect(JSON.stringify(run)).not.toContain(whole);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test("no reference answer and no class list is in the public part of a reading task", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const task of readingOf(seed, { readingTokens: Array(10).fill(1_500) })) {
          // TriviaQA's passage is part of its question: the answer is there to be read.
          if (task.public.dataset === "triviaqa") continue;
          // The template's own words ("Paragraph 1") are the same for every task.
          const { prompt, ...rest } = task.public;
          expect(prompt).toBe(fillPrompt(PROMPTS[rest.dataset], { input: rest.input }));
          const shown = JSON.stringify(rest);
          expect(Object.keys(task.public).sort()).toEqual([
            "bucket",
            "dataset",
            "input",
            "language",
            "maxNewTokens",
            "prompt",
            "timeoutMs",
            "tokens",
          ]);
          // Single words and numbers may be part of a prompt by chance; whole answers may not.
          for (const answer of telling(task.sealed.answers))
            if (answer.includes(" ")) expect(shown).not.toContain(JSON.stringify(answer).slice(1, -1));
          for (const name of task.sealed.classes ?? [])
            expect(task.public.input).not.toContain(`Type: ${name}`);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe("code", () => {
  const [task] = codeOf("e5", { codeTests: 4 }) as [CodeTask];
  const right = task.sealed.tests.map(({ expected }) => done(expected));
  const score = (cases: CaseResult[]) => longcontext.kinds.code.score({ task, cases });

  test("all tests right earn all", () => {
    expect(score(right)).toMatchObject({ outcome: "ok", accuracy: 1, reward: 1 });
  });

  test("accuracy is the share of tests passed, and the outcome says what went wrong", () => {
    expect(score([...right.slice(0, 3), done({ forged: true })])).toMatchObject({
      outcome: "wrong",
      accuracy: 0.75,
    });
    const ends = (outcome: CaseResult["outcome"]) =>
      score([...right.slice(0, 3), { ...done(null), outcome }]).outcome;
    expect(ends("fuel-limit")).toBe("timeout");
    expect(ends("memory-limit")).toBe("limit");
    expect(ends("policy")).toBe("policy");
    expect(ends("malformed")).toBe("malformed");
    expect(ends("error")).toBe("wrong");
  });

  test("the right output in a failed case counts for nothing", () => {
    expect(score(right.map((result) => ({ ...result, outcome: "timeout" })))).toMatchObject({
      accuracy: 0,
      outcome: "timeout",
    });
  });

  test("missing results count as wrong, surplus ones not at all", () => {
    expect(score(right.slice(0, 2)).accuracy).toBe(0.5);
    expect(score([...right, done(null), done(null)]).accuracy).toBe(1);
    expect(score([])).toMatchObject({ outcome: "malformed", accuracy: 0 });
  });
});

describe("reading", () => {
  const [task] = readingOf("f6", { readingTokens: [1_000] }) as [ReadingTask];
  const score = (text: string, change: Partial<ReadingTask["public"]> = {}) =>
    longcontext.kinds.reading.score({
      task: { ...task, public: { ...task.public, ...change } },
      answer: { text, usage },
    });

  test("long contexts earn more for the same accuracy, never more than 1", () => {
    const half = { dataset: "hotpotqa" as const };
    const fixed = { ...task, sealed: { answers: ["one two"], classes: null } };
    const rewards = BUCKETS.map(
      ({ name }) =>
        longcontext.kinds.reading.score({
          task: { ...fixed, public: { ...task.public, ...half, bucket: name } },
          answer: { text: "one three", usage },
        }).reward,
    );
    expect(rewards).toEqual([0.5, 0.6, 0.75, 0.9, 1]);
    expect(score(task.sealed.answers[0] as string, { bucket: "2m" }).reward).toBe(1);
  });

  test("buckets follow the measured length", () => {
    expect(
      [0, 32_000, 32_001, 124_001, 512_001, 1_500_001, 9_000_000].map((tokens) => bucketOf(tokens).name),
    ).toEqual(["32k", "32k", "124k", "512k", "1.5m", "2m", "2m"]);
    expect(["", "abcd", "abcde", "日本"].map(tokensOf)).toEqual([0, 1, 2, 2]);
  });

  test("an answer is read only as far as a model could have written it", () => {
    const noise = "x ".repeat(task.public.maxNewTokens * 16);
    expect(score(`${noise}${task.sealed.answers[0]}`).accuracy).toBe(0);
  });

  test("an empty answer is wrong", () => {
    expect(score("")).toMatchObject({ outcome: "wrong", accuracy: 0, reward: 0 });
  });

  test("the time for an answer grows with the context and is bounded", () => {
    const [short, long] = readingOf("g7", { readingTokens: [1_000, 100_000] }) as [ReadingTask, ReadingTask];
    expect(longcontext.kinds.reading.timeoutMs(long)).toBeGreaterThan(
      longcontext.kinds.reading.timeoutMs(short),
    );
    const [slow] = readingOf("g7", { readingTokens: [200_000], answerMsPer100k: 1_800_000 }) as [ReadingTask];
    expect(slow.public.timeoutMs).toBe(1_800_000);
  });
});

describe("demo miners", () => {
  const tasks = readingOf("h8", { readingTokens: Array(30).fill(4_000) });
  const read = async (
    name: (typeof PERSONALITIES)[number],
    task: ReadingTask,
    signal = new AbortController().signal,
  ) => {
    const text = task.content?.map((part) => (part.type === "text" ? part.text : "")).join("") ?? "";
    let answer = "";
    for await (const piece of answerer(name)({ body: task.public, text, signal })) answer += piece;
    return longcontext.kinds.reading.score({ task, answer: { text: answer, usage } }).accuracy;
  };
  const mean = async (name: (typeof PERSONALITIES)[number]) => {
    const scores = await Promise.all(tasks.map((task) => read(name, task)));
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  };

  test("the honest reader answers most questions from the text alone, the others few", async () => {
    expect(await mean("good")).toBeGreaterThan(0.5);
    expect(await mean("sloppy")).toBeLessThan(0.2);
    expect(await mean("cheat")).toBeLessThan(0.2);
  });

  test("the crashing reader throws, the endless one stops only when told to", async () => {
    const [task] = tasks as [ReadingTask];
    expect(read("crash", task)).rejects.toThrow("does not fit");
    const stop = new AbortController();
    const waiting = read("loop", task, stop.signal);
    stop.abort(new Error("too late"));
    expect(waiting).rejects.toThrow("too late");
  });

  test("every demo program defines all functions", () => {
    for (const name of PERSONALITIES) {
      const { entry, files } = programOf(name);
      for (const task of codeOf("i9", { codeTasks: 9, codeSize: 4 })) {
        expect(files[entry], name).toMatch(
          new RegExp(`def ${task.public.call}\\(|\\b${task.public.call}\\b.* = forever`),
        );
      }
    }
  });

  test("no demo program mentions an expected output of a round", () => {
    const sources = PERSONALITIES.map((name) => Object.values(programOf(name).files).join()).join();
    for (const task of codeOf("j1", { codeTasks: 9 })) {
      for (const { expected } of task.sealed.tests) {
        if (JSON.stringify(expected).length > 40) expect(sources).not.toContain(JSON.stringify(expected));
        expect(matches(sources, expected)).toBeFalse();
      }
    }
  });
});
