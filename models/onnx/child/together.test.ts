import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { DataFile } from "../../onnx-graph/data-file.ts";
import { Graph, TYPE } from "../../onnx-graph/graph.ts";
import { openCSession } from "../c-api/session.ts";
import { ortLibrary } from "../library.ts";
import { openNSession } from "../n-api/session.ts";
import type { Session } from "../session.ts";
import { answersTogether } from "./together.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const VOCABULARY = 8;
const options = { threads: 1, spin: false, device: "cpu" as const };

/**
 * Logits are the token's own number, or of steps whose longest sequence has at least `mixedFrom` tokens the sum of all that
 * are in the step. A state that it leaves alone.
 */
async function writeGraph(name: string, mixedFrom: number): Promise<string> {
  const path = join(temp.path, `${name}.onnx`);
  const data = new DataFile({ path: join(temp.path, `${name}.data`), name: `${name}.data` });
  const graph = new Graph(name, data);
  const ids = graph.input("input_ids", "i64", ["batch", "sequence"]);
  const lengths = graph.input("seqlens_k", "i32", ["batch"]);
  const past = graph.input("past_key_values.0.key", "f32", ["batch", 1, "capacity", 2]);
  const toFloat = { to: TYPE.f32 };
  const own = graph.node("Cast", [graph.node("Unsqueeze", [ids, graph.ints(2)])], toFloat);
  const others = graph.node("Sub", [graph.node("ReduceSum", [own, graph.ints(0)]), own]);
  const longest = graph.node("ReduceMax", [graph.node("Cast", [lengths], toFloat)]);
  const isMixed = graph.node("Greater", [longest, graph.scalar("f32", mixedFrom - 0.5)]);
  const mixed = graph.node("Mul", [others, graph.node("Cast", [isMixed], toFloat)]);
  const places = graph.constant(
    "f32",
    [VOCABULARY],
    Float32Array.from({ length: VOCABULARY }, (_, at) => at),
  );
  const given = graph.node("Add", [graph.node("Add", [own, mixed]), places]);
  graph.output("logits", given, "f32", ["batch", "sequence", VOCABULARY]);
  graph.output("present.0.key", graph.node("Identity", [past]), "f32", ["batch", 1, "capacity", 2]);
  await Bun.write(path, graph.encode());
  data.finish();
  return path;
}

async function using<T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> {
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

const BYTES_PER_TOKEN = 2 * 4;
const roomy = { slots: 4, capacity: 16, stateBytes: 1_000_000 };

describe.skipIf(process.platform !== "linux")("answers take steps together", () => {
  const open = (graph: string) => openCSession({ ...options, graph, library: ortLibrary() });

  test("as many as there are slots, rows in the memory for states, and at most eight", async () => {
    await using(open(await writeGraph("own", 1e6)), async (session) => {
      expect(await answersTogether(session, roomy)).toBe(4);
      expect(await answersTogether(session, { ...roomy, slots: 100 })).toBe(8);
      expect(await answersTogether(session, { ...roomy, slots: 1 })).toBe(1);
      const three = 3 * roomy.capacity * BYTES_PER_TOKEN;
      expect(await answersTogether(session, { ...roomy, stateBytes: three })).toBe(3);
      expect(await answersTogether(session, { ...roomy, stateBytes: three / 3 })).toBe(1);
    });
  });

  test.each([
    ["with its neighbours", 1],
    ["with its neighbours deep in a context", 500],
  ])("never where an answer would change %s", async (_, mixedFrom) => {
    await using(open(await writeGraph(`mixed-${mixedFrom}`, mixedFrom)), async (session) => {
      expect(session.shape.together).toBe(true);
      expect(await answersTogether(session, { ...roomy, capacity: 1_000 })).toBe(1);
    });
  });
});

test("by the public API each takes its own: its states are copied out at every step", async () => {
  await using(await openNSession({ ...options, graph: await writeGraph("public", 1e6) }), async (session) => {
    expect(await answersTogether(session, roomy)).toBe(1);
  });
});
