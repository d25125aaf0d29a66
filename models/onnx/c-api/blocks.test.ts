/** Steps deep in a context, which read the cache in blocks, beside the same steps by ONNX Runtime's own attention. */
import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { tinyModel } from "../../../test/support/tiny-model.ts";
import { Batch } from "../batch.ts";
import { mostProbable } from "../child/sampler.ts";
import type { DecoderShape } from "../decoder-shape.ts";
import { ortLibrary } from "../library.ts";
import { Sequence } from "../sequence.ts";
import type { Session } from "../session.ts";
import { Blocks, blockInputs } from "./blocks.ts";
import { openCSession } from "./session.ts";
import { openOrt } from "./table.ts";
import { Values } from "./values.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
/** Of the tiny models; a block is half of it. */
const CAPACITY = 512;
const BLOCK = 256;
const NEVER = Number.POSITIVE_INFINITY;

const folders: Record<string, Promise<string>> = {};
const opened: Session[] = [];
afterAll(async () => {
  for (const session of opened) await session.close();
});

async function open(
  architecture: "llama" | "qwen2" | "qwen3",
  { precision = "exact" as "exact" | "fast", alone = NEVER, inRows = NEVER },
): Promise<Session> {
  const name = `${architecture} ${precision}`;
  const folder = await (folders[name] ??= tinyModel({ parent: temp.path, architecture, precision }));
  const options = { threads: 2, spin: false, device: "cpu" as const, library: ortLibrary() };
  const session = openCSession({ ...options, graph: join(folder, "graph.onnx"), deep: { alone, inRows } });
  opened.push(session);
  return session;
}

const text = (length: number, seed = 0) =>
  Uint32Array.from({ length }, (_, at) => 3 + ((7 * at + 31 * seed + ((at * at) % 13)) % 200));

const apart = (one: Float32Array, other: Float32Array): number =>
  Math.max(...one.map((value, at) => Math.abs(value - other[at]!)));
const floats = ({ data }: { data: Uint8Array }) =>
  new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);

describe.skipIf(process.platform !== "linux")("a step in blocks", () => {
  describe.each(["llama", "qwen2", "qwen3"] as const)("of %s", async (architecture) => {
    const [blocks, ordinary] = [await open(architecture, { alone: BLOCK }), await open(architecture, {})];

    test.each([BLOCK, BLOCK + 1, 300, CAPACITY - 1])(
      "after %i tokens says and keeps what an ordinary one does",
      async (depth) => {
        const [mine, its] = await Promise.all(
          [blocks, ordinary].map(async (session) => {
            const sequence = new Sequence(session, CAPACITY);
            await sequence.feed(text(depth), []);
            const [logits] = await sequence.feed(Uint32Array.of(9), [0]);
            const kept = sequence.take();
            sequence.close();
            return { logits: logits!, kept };
          }),
        );
        expect(apart(mine!.logits, its!.logits)).toBeLessThan(1e-4);
        for (const [at, state] of mine!.kept.entries())
          expect(apart(floats(state), floats(its!.kept[at]!))).toBeLessThan(1e-5);
      },
    );

    test("and so do all steps from before the first block to the end of the context", async () => {
      const said = await Promise.all(
        [blocks, ordinary].map(async (session) => {
          const sequence = new Sequence(session, CAPACITY);
          let [logits] = await sequence.feed(text(BLOCK - 5, 1), [BLOCK - 6]);
          const tokens: number[] = [];
          while (sequence.position < CAPACITY) {
            tokens.push(mostProbable(logits!));
            [logits] = await sequence.feed(Uint32Array.of(tokens.at(-1)!), [0]);
          }
          sequence.close();
          return tokens;
        }),
      );
      expect(said[0]).toEqual(said[1]!);
    });
  });

  test("has the same bits when the sequence has been longer before", async () => {
    const session = await open("llama", { precision: "fast", alone: BLOCK });
    const sequence = new Sequence(session, CAPACITY);
    await sequence.feed(text(BLOCK + 20), []);
    const [first] = await sequence.feed(Uint32Array.of(9), [0]);
    await sequence.feed(text(CAPACITY - sequence.position - 1, 2), []);
    await sequence.feed(Uint32Array.of(5), [0]);
    sequence.rewind(BLOCK + 20);
    const [again] = await sequence.feed(Uint32Array.of(9), [0]);
    expect(again).toEqual(first!);
    sequence.close();
  });

  test("is a row's own, with the same bits whoever steps at the same time", async () => {
    const session = await open("llama", { precision: "fast", inRows: BLOCK });
    const lengths = [BLOCK + 9, 20, BLOCK + 200, 30, BLOCK - 1];
    const batch = new Batch(session, { capacity: CAPACITY, rows: lengths.length, weightBytes: 1e9 });
    const tokens = new Map(batch.sequences.map((sequence, row) => [sequence, 20 + row]));
    for (const [row, sequence] of batch.sequences.entries())
      await sequence.feed(text(lengths[row]!, row), []);
    const alone: Float32Array[] = [];
    for (const [row, sequence] of batch.sequences.entries()) {
      const only = await batch.step(new Map([[sequence, tokens.get(sequence)!]]));
      alone.push(only.get(sequence)!.slice());
      sequence.rewind(lengths[row]!);
    }
    const together = await batch.step(tokens);
    for (const [row, sequence] of batch.sequences.entries()) {
      expect(sequence.position).toBe(lengths[row]! + 1);
      expect(together.get(sequence)).toEqual(alone[row]!);
    }
    batch.close();
  });
});

describe("blocks", () => {
  const inputs = (names: readonly string[]) =>
    names.map((name) => ({ name, type: "float32" as const, dims: ["blocks", 1, BLOCK, 4] }));
  const shapeWith = (heads: number, size: number): DecoderShape => {
    const state = (name: string) => ({
      ...{ past: name, present: "", kind: "shared" as const, type: "float32" as const },
      ...{ dims: [1, heads, 0, size], axis: 2 },
    });
    return {
      ...{ inputs: [], states: [state("key"), state("value")], logits: "", hidden: undefined, vocabulary: 1 },
      ...{ together: true, memory: { fixedBytes: 0, bytesPerToken: 0 } },
    };
  };

  test("are taken where there is an input for every head of every state", () => {
    const names = ["key.blocks.0", "key.blocks.1", "value.blocks.0", "value.blocks.1"];
    const shape = shapeWith(2, 4);
    expect(blockInputs(shape, inputs([...names, "other"]))).toEqual({ names, tokens: BLOCK });
    expect(blockInputs(shape, inputs(names.slice(1)))).toBeUndefined();
    expect(blockInputs(shape, inputs(names.slice(0, 3)))).toBeUndefined();
    expect(blockInputs(shape, [])).toBeUndefined();
    expect(blockInputs({ ...shape, together: false }, inputs(names))).toBeUndefined();
  });

  test.skipIf(process.platform !== "linux")(
    "show the first tokens of each head, as many as fill whole blocks, and none of a shallow sequence",
    () => {
      const values = new Values(openOrt(ortLibrary()));
      const small = fc.integer({ min: 1, max: 5 });
      fc.assert(
        fc.property(
          small,
          small,
          small,
          fc.nat(40),
          fc.nat(40),
          fc.nat(20),
          (heads, size, tokens, before, rest, from) => {
            const capacity = before + rest + 1;
            const buffers = [0, 1].map((state) => {
              const numbers = Float32Array.from(
                { length: heads * capacity * size },
                (_, at) => 2 * at + state,
              );
              return new Uint8Array(numbers.buffer);
            });
            const blocks = new Blocks(values, shapeWith(heads, size), capacity, { names: [], tokens, from });
            const shown = blocks.before(before, buffers);
            const count = before < from ? 0 : Math.floor(before / tokens);
            expect(shown).toHaveLength(count === 0 ? 0 : 2 * heads);
            expect(blocks.before(before, buffers)).toBe(shown);
            for (const [at, value] of shown.entries()) {
              expect(values.dims(value)).toEqual([count, 1, tokens, size]);
              const [state, head] = [at < heads ? 0 : 1, at % heads];
              const expected = Float32Array.from(
                { length: count * tokens * size },
                (_, n) => 2 * (head * capacity * size + n) + state,
              );
              expect(floats({ data: values.bytes(value) })).toEqual(expected);
            }
            blocks.close();
          },
        ),
      );
      values.close();
    },
  );
});
