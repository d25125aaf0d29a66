/** Sequences that take steps together, on real graphs in single precision: each says what it says alone. */
import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { tinyModel } from "../../test/support/tiny-model.ts";
import golden from "../golden/tiny.json" with { type: "json" };
import { Batch, spansOf } from "./batch.ts";
import { openCSession } from "./c-api/session.ts";
import { mostProbable } from "./child/sampler.ts";
import { ortLibrary } from "./library.ts";
import { Sequence } from "./sequence.ts";
import type { Session } from "./session.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const CAPACITY = 256;
const STEPS = 12;

type Architecture = "llama" | "qwen2" | "qwen3";

async function openTiny(architecture: Architecture): Promise<Session> {
  const folder = await tinyModel({ parent: temp.path, architecture, precision: "exact" });
  const options = { threads: 1, spin: false, device: "cpu" as const, library: ortLibrary() };
  return openCSession({ ...options, graph: join(folder, "graph.onnx") });
}

const sessions = new Map<Architecture, Session>();
if (process.platform === "linux")
  for (const each of ["llama", "qwen2", "qwen3"] as const) sessions.set(each, await openTiny(each));
afterAll(async () => {
  for (const session of sessions.values()) await session.close();
});

/** A prompt of its own length for each row. */
const promptOf = (row: number) =>
  Uint32Array.from({ length: 5 + 9 * row }, (_, at) => 3 + ((7 * at + 31 * row) % 200));

async function first(sequence: Sequence, prompt: Uint32Array): Promise<number> {
  const [logits] = await sequence.feed(prompt, [prompt.length - 1]);
  return mostProbable(logits!);
}

/** What a sequence says greedily without any neighbours. */
async function alone(session: Session, prompt: Uint32Array, count: number): Promise<number[]> {
  const sequence = new Sequence(session, CAPACITY);
  const given = [await first(sequence, prompt)];
  while (given.length < count) {
    const [logits] = await sequence.feed(Uint32Array.of(given.at(-1)!), [0]);
    given.push(mostProbable(logits!));
  }
  sequence.close();
  return given;
}

/** Steps with those answers that have begun and are not done; `begin` and `count` are in steps and tokens. */
async function together(
  session: Session,
  answers: readonly { prompt: Uint32Array; begin: number; count: number }[],
  weightBytes = 1e9,
): Promise<number[][]> {
  const batch = new Batch(session, { capacity: CAPACITY, rows: answers.length, weightBytes });
  const given: number[][] = answers.map(() => []);
  for (let step = 0; answers.some(({ count }, row) => given[row]!.length < count); step++) {
    const tokens = new Map<Sequence, number>();
    for (const [row, { prompt, begin, count }] of answers.entries()) {
      const sequence = batch.sequences[row]!;
      if (step === begin) given[row]!.push(await first(sequence, prompt));
      else if (step > begin && given[row]!.length < count) tokens.set(sequence, given[row]!.at(-1)!);
    }
    const logits = await batch.step(tokens);
    for (const [sequence, each] of logits) given[batch.sequences.indexOf(sequence)]!.push(mostProbable(each));
  }
  batch.close();
  return given;
}

describe.skipIf(process.platform !== "linux")("steps together, by the C API", () => {
  test.each(["llama", "qwen2", "qwen3"] as const)(
    "%s: each row says what numpy says",
    async (architecture) => {
      const session = sessions.get(architecture)!;
      const { greedy } = golden.models[architecture];
      const answer = { prompt: Uint32Array.from(golden.tokens), begin: 0, count: greedy.length };
      const other = { prompt: promptOf(1), begin: 1, count: greedy.length };
      const given = await together(session, [answer, other, { ...answer, begin: 3 }]);
      expect([given[0], given[2]]).toEqual([greedy, greedy]);
    },
  );

  test("answers of different lengths join and leave between any two steps, and say what each says alone", async () => {
    const session = sessions.get("llama")!;
    const answers = [
      { prompt: promptOf(0), begin: 0, count: 5 },
      { prompt: promptOf(1), begin: 4, count: STEPS },
      { prompt: promptOf(2), begin: 2, count: 3 },
      { prompt: promptOf(3), begin: 0, count: STEPS },
    ];
    const expected: number[][] = [];
    for (const { prompt, count } of answers) expected.push(await alone(session, prompt, count));
    // Where a step costs nothing idle rows never come along; where it costs much they always do.
    expect(await together(session, answers, 0)).toEqual(expected);
    expect(await together(session, answers, 1e9)).toEqual(expected);
  });

  test("an idle neighbour that comes along goes on later as if nothing had happened", async () => {
    const session = sessions.get("llama")!;
    const batch = new Batch(session, { capacity: CAPACITY, rows: 3, weightBytes: 1e9 });
    const [one, idle, other] = batch.sequences as [Sequence, Sequence, Sequence];
    const prompt = promptOf(1);
    await first(one, promptOf(0));
    await idle.feed(prompt.subarray(0, 4), []);
    await first(other, promptOf(2));
    for (let step = 0; step < 3; step++)
      await batch.step(new Map([one, other].map((each) => [each, 5 + step])));
    expect([one.position, idle.position, other.position]).toEqual([8, 4, 26]);
    expect(await first(idle, prompt.subarray(4))).toBe((await alone(session, prompt, 1))[0]!);
    batch.close();
  });

  test("a full neighbour stays as it was, and a full sequence takes no step", async () => {
    const session = sessions.get("llama")!;
    const batch = new Batch(session, { capacity: 6, rows: 3, weightBytes: 1e9 });
    const [one, full, other] = batch.sequences as [Sequence, Sequence, Sequence];
    for (const sequence of [one, other]) await sequence.feed(promptOf(0).subarray(0, 2), []);
    await full.feed(promptOf(1).subarray(0, 6), []);
    const before = full.take().map(({ data }) => Buffer.from(data).toString("hex"));
    await batch.step(new Map([one, other].map((each) => [each, 9])));
    expect(full.take().map(({ data }) => Buffer.from(data).toString("hex"))).toEqual(before);
    await expect(batch.step(new Map([full, one].map((each) => [each, 9])))).rejects.toMatchObject({
      code: "too-large",
    });
    expect(one.position).toBe(3);
    batch.close();
  });
});

describe("rows that step are runs of neighbours", () => {
  test("an idle row comes along where that costs less than another step", () => {
    const cost = (row: number) => (row === 5 ? Number.POSITIVE_INFINITY : 4);
    expect(spansOf([0, 1, 3, 4, 6], cost, 5)).toEqual([
      [0, 5],
      [6, 7],
    ]);
    expect(spansOf([0, 3], cost, 5)).toEqual([
      [0, 1],
      [3, 4],
    ]);
    expect(spansOf([], cost, 5)).toEqual([]);
  });

  test("every row that steps is in one run, no run ends with an idle row, and none holds idle rows dearer than a step", () => {
    const rows = fc.uniqueArray(fc.nat(15), { maxLength: 16 }).map((all) => all.sort((a, b) => a - b));
    const costs = fc.array(fc.nat(10), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(rows, costs, fc.nat(20), (taking, cost, stepCost) => {
        const spans = spansOf(taking, (row) => cost[row]!, stepCost);
        const held = spans.flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => from + at));
        expect(held.filter((row) => taking.includes(row))).toEqual([...taking]);
        for (const [from, to] of spans)
          expect([taking.includes(from), taking.includes(to - 1)]).toEqual([true, true]);
        for (const [at, row] of taking.entries()) {
          const idle = Array.from({ length: row - (taking[at - 1] ?? row) - 1 }, (_, n) => row - 1 - n);
          const price = idle.reduce((sum, each) => sum + cost[each]!, 0);
          const joined = spans.some(([from, to]) => from <= (taking[at - 1] ?? row) && row < to);
          if (at > 0) expect(joined).toBe(idle.length === 0 || price < stepCost);
        }
      }),
    );
  });
});
