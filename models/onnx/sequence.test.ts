/** Sequences over graphs as others export them: a cache that grows, a mask, positions, logits of every token. By both routes. */
import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { DataFile } from "../onnx-graph/data-file.ts";
import { Graph, TYPE } from "../onnx-graph/graph.ts";
import { openCSession } from "./c-api/session.ts";
import { ortLibrary } from "./library.ts";
import { openNSession } from "./n-api/session.ts";
import { Sequence } from "./sequence.ts";
import type { Session } from "./session.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const VOCABULARY = 5;
const path = join(temp.path, "growing.onnx");

/** logits after a token: its position and the length of the mask, and how often each token was read until then. */
async function writeGraph(): Promise<void> {
  const data = new DataFile({ path: join(temp.path, "unused"), name: "unused" });
  const graph = new Graph("counts", data);
  const ids = graph.input("input_ids", "i64", ["batch", "sequence"]);
  const mask = graph.input("attention_mask", "i64", ["batch", "total"]);
  const positions = graph.input("position_ids", "i64", ["batch", "sequence"]);
  const past = graph.input("past_key_values.0.key", "f32", ["batch", 1, "past", VOCABULARY]);
  const identity = Float32Array.from({ length: VOCABULARY ** 2 }, (_, n) =>
    n % (VOCABULARY + 1) === 0 ? 1 : 0,
  );
  const seen = graph.node("Gather", [graph.constant("f32", [VOCABULARY, VOCABULARY], identity), ids]);
  const present = graph.node("Concat", [past, graph.node("Unsqueeze", [seen, graph.ints(1)])], { axis: 2 });
  const before = graph.node("ReduceSum", [past, graph.ints(1, 2)], { keepdims: 0 });
  const until = graph.node("CumSum", [seen, graph.scalar("i64", 1)]);
  const counts = graph.node("Add", [until, graph.node("Unsqueeze", [before, graph.ints(1)])]);
  const position = graph.node("Cast", [graph.node("Unsqueeze", [positions, graph.ints(2)])], {
    to: TYPE.f32,
  });
  const length = graph.node("Cast", [graph.node("ReduceSum", [mask])], { to: TYPE.f32 });
  const facts = graph.node("Add", [
    graph.node("Mul", [position, graph.scalar("f32", 100)]),
    graph.node("Mul", [length, graph.scalar("f32", 10_000)]),
  ]);
  graph.output("logits", graph.node("Add", [counts, facts]), "f32", ["batch", "sequence", VOCABULARY]);
  graph.output("present.0.key", present, "f32", ["batch", 1, "past + sequence", VOCABULARY]);
  await Bun.write(path, graph.encode());
  data.finish();
}
await writeGraph();

/** What the graph says after `at` + 1 tokens, when the step ended after `fed`. */
function expected(tokens: readonly number[], at: number, fed: number): number[] {
  const counts = Array.from(
    { length: VOCABULARY },
    (_, token) => tokens.slice(0, at + 1).filter((each) => each === token).length,
  );
  return counts.map((count) => count + 100 * at + 10_000 * fed);
}

const options = { graph: path, threads: 1, spin: false, device: "cpu" as const };
const ROUTES: [string, () => Promise<Session> | Session][] = [
  ...(process.platform === "linux"
    ? [["c-api", () => openCSession({ ...options, library: ortLibrary() })] as [string, () => Session]]
    : []),
  ["n-api", () => openNSession(options)],
];

describe.each(ROUTES)("by %s", async (_, open) => {
  const session = await open();
  afterAll(() => session.close());
  const tokens = [3, 1, 4, 1, 0, 2, 3];
  const feed = async (sequence: Sequence, part: number[], wanted: number[]) =>
    (await sequence.feed(Uint32Array.from(part), wanted)).map((row) => [...row]);

  test("the cache grows with every step, and rows are those that were asked for", async () => {
    const sequence = new Sequence(session, 16);
    expect(await feed(sequence, tokens.slice(0, 4), [1, 3])).toEqual([
      expected(tokens, 1, 4),
      expected(tokens, 3, 4),
    ]);
    expect(await feed(sequence, tokens.slice(4, 5), [0])).toEqual([expected(tokens, 4, 5)]);
    expect(await feed(sequence, tokens.slice(5), [])).toEqual([]);
    expect(sequence.position).toBe(tokens.length);
    sequence.close();
  });

  test("forgetting what came later, and everything", async () => {
    const sequence = new Sequence(session, 16);
    await feed(sequence, tokens, []);
    sequence.rewind(2);
    expect(await feed(sequence, tokens.slice(2, 3), [0])).toEqual([expected(tokens, 2, 3)]);
    sequence.reset();
    expect(await feed(sequence, tokens.slice(0, 1), [0])).toEqual([expected(tokens, 0, 1)]);
    sequence.close();
  });

  test("another sequence goes on from what one has read", async () => {
    const [one, other] = [new Sequence(session, 16), new Sequence(session, 16)];
    await feed(one, tokens.slice(0, 5), []);
    other.put(one.take(), one.position);
    expect(await feed(other, tokens.slice(5), [1])).toEqual([expected(tokens, 6, 7)]);
    expect(await feed(one, tokens.slice(5, 6), [0])).toEqual([expected(tokens, 5, 6)]);
    one.close();
    other.close();
  });

  test("it catches up with one that has read on", async () => {
    const [one, other] = [new Sequence(session, 16), new Sequence(session, 16)];
    await feed(one, tokens.slice(0, 5), []);
    await feed(other, tokens.slice(0, 2), []);
    other.copy(one, 4);
    expect(other.position).toBe(4);
    expect(await feed(other, tokens.slice(4, 6), [1])).toEqual([expected(tokens, 5, 6)]);
    expect(await feed(one, tokens.slice(5, 6), [0])).toEqual([expected(tokens, 5, 6)]);
    one.close();
    other.close();
  });

  test("a sequence is not fed more than it has room for, and stays as it was", async () => {
    const sequence = new Sequence(session, 4);
    await feed(sequence, tokens.slice(0, 3), []);
    await expect(feed(sequence, tokens.slice(3, 5), [])).rejects.toMatchObject({ code: "too-large" });
    expect(await feed(sequence, tokens.slice(3, 4), [0])).toEqual([expected(tokens, 3, 4)]);
    sequence.close();
  });
});

test("a graph that is damaged is refused by both routes, with ONNX Runtime's reason", async () => {
  const damaged = join(temp.path, "damaged.onnx");
  await Bun.write(damaged, "no graph");
  for (const open of [
    async () => openCSession({ ...options, graph: damaged, library: ortLibrary() }),
    () => openNSession({ ...options, graph: damaged }),
  ]) {
    await expect(open()).rejects.toMatchObject({
      code: "unavailable",
      meta: { reason: expect.stringMatching(/protobuf|parse/i) },
    });
  }
});
