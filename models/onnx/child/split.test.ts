import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { DataFile } from "../../onnx-graph/data-file.ts";
import { Graph, TYPE } from "../../onnx-graph/graph.ts";
import { openCSession } from "../c-api/session.ts";
import { ortLibrary } from "../library.ts";
import { openNSession } from "../n-api/session.ts";
import type { Session } from "../session.ts";
import { splitsChunks } from "./split.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const VOCABULARY = 80;
const options = { threads: 1, spin: false, device: "cpu" as const };
const sizes = { capacity: 1_000, chunkTokens: 128 };

/** Logits are the token's own number, and where tokens are mixed the sum of all that are read with it. A state left alone. */
async function writeGraph(name: string, mixed: boolean): Promise<string> {
  const path = join(temp.path, `${name}.onnx`);
  const data = new DataFile({ path: join(temp.path, `${name}.data`), name: `${name}.data` });
  const graph = new Graph(name, data);
  const ids = graph.input("input_ids", "i64", ["batch", "sequence"]);
  const past = graph.input("past_key_values.0.key", "f32", ["batch", 1, "capacity", 2]);
  const own = graph.node("Cast", [graph.node("Unsqueeze", [ids, graph.ints(2)])], { to: TYPE.f32 });
  const all = graph.node("ReduceSum", [own, graph.ints(1)]);
  const places = graph.constant("f32", [VOCABULARY], new Float32Array(VOCABULARY));
  const given = graph.node("Add", [
    graph.node("Add", [own, graph.node("Mul", [all, graph.scalar("f32", mixed ? 1 : 0)])]),
    places,
  ]);
  graph.output("logits", given, "f32", ["batch", "sequence", VOCABULARY]);
  graph.output("present.0.key", graph.node("Identity", [past]), "f32", ["batch", 1, "capacity", 2]);
  await Bun.write(path, graph.encode());
  data.finish();
  return path;
}

type Open = (graph: string) => Promise<Session> | Session;
const byCApi: Open = (graph) => openCSession({ ...options, graph, library: ortLibrary() });
const byNApi: Open = (graph) => openNSession({ ...options, graph });
const ROUTES: [string, Open][] = [["n-api", byNApi]];
if (process.platform === "linux") ROUTES.push(["c-api", byCApi]);

describe.each(ROUTES)("a chunk is read in parts, by %s,", (route, open) => {
  const tried = async (mixed: boolean, changes: Partial<typeof sizes> = {}): Promise<boolean> => {
    const session = await open(await writeGraph(`${route}-${mixed}-${changes.capacity}`, mixed));
    try {
      return await splitsChunks(session, { ...sizes, ...changes });
    } finally {
      await session.close();
    }
  };

  test("where a token has the same bits whatever is read with it", async () => {
    expect(await tried(false)).toBe(true);
  });

  test("and nowhere else", async () => {
    expect(await tried(true)).toBe(false);
  });

  test("nor where there is no room to try", async () => {
    expect(await tried(false, { capacity: 63 })).toBe(false);
  });
});
