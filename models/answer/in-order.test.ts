import { expect, test } from "bun:test";
import type { GenerateChunk } from "../../protocol/model.ts";
import { rejection } from "../../test/support/rejection.ts";
import { inOrder } from "./in-order.ts";
import { NO_USAGE } from "./numbered.ts";

const end = (seq: number): GenerateChunk => ({ type: "end", seq, finishReason: "stop", usage: NO_USAGE });
const part = (seq: number): GenerateChunk => ({ type: "tokens", seq, tokens: [], text: "" });

async function* stream(chunks: GenerateChunk[]) {
  yield* chunks;
}
const read = async (chunks: GenerateChunk[]) => await Array.fromAsync(inOrder(stream(chunks)));

test("passes an answer that is whole", async () => {
  expect(await read([part(0), part(1), end(2)])).toHaveLength(3);
});

test.each([
  ["a chunk is missing", [part(0), end(2)]],
  ["a chunk comes twice", [part(0), part(0), end(1)]],
  ["the beginning is missing", [part(1), end(2)]],
  ["the end is missing", [part(0), part(1)]],
  ["something follows the end", [part(0), end(1), part(2)]],
  ["nothing comes at all", []],
])("fails with a gap when %s", async (_, chunks) => {
  expect((await rejection(read(chunks))).code).toBe("gap");
});
