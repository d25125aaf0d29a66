import { expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import type { GenerateChunk } from "../../protocol/model.ts";
import { rejection } from "../../test/support/rejection.ts";
import { watched } from "./watched.ts";

const part = (seq: number): GenerateChunk => ({ type: "tokens", seq, tokens: [], text: "" });

/** Three chunks and then a failure or the end; `let` tells when the maker is let go. */
function answer(failure?: Failure) {
  const log: string[] = [];
  async function* make() {
    try {
      for (let seq = 0; seq < 3; seq++) yield part(seq);
      if (failure !== undefined) throw failure;
    } finally {
      log.push("made");
    }
  }
  const seen = ({ seq }: GenerateChunk): void => void log.push(`seen ${seq}`);
  const over = (how: string): void => void log.push(how);
  return { log, chunks: make(), watch: { seen, over } };
}

test("sees each chunk, and the end once", async () => {
  const { log, chunks, watch } = answer();
  const passing = watched(chunks, watch);
  expect(await Array.fromAsync(passing)).toEqual([part(0), part(1), part(2)]);
  expect(log).toEqual(["seen 0", "seen 1", "seen 2", "made", "whole"]);
  expect((await passing.next()).done).toBe(true);
  await passing.return?.();
  expect(log).toHaveLength(5);
});

test("tells a failure to the reader and to the watch", async () => {
  const { log, chunks, watch } = answer(new Failure("provider", "it stopped"));
  expect((await rejection(Array.fromAsync(watched(chunks, watch)))).code).toBe("provider");
  expect(log.at(-1)).toBe("failed");
});

test("a reader that leaves lets the maker go before the watch hears of it", async () => {
  const { log, chunks, watch } = answer();
  for await (const { seq } of watched(chunks, watch)) if (seq === 1) break;
  expect(log).toEqual(["seen 0", "seen 1", "made", "left"]);
});

test("a chunk that is refused ends the answer, and the maker is let go", async () => {
  const { log, chunks, watch } = answer();
  const refusing = {
    ...watch,
    seen() {
      throw new Failure("gap", "not that one");
    },
  };
  const passing = watched(chunks, refusing);
  expect((await rejection(passing.next())).code).toBe("gap");
  expect(log).toEqual(["made", "failed"]);
  expect((await passing.next()).done).toBe(true);
});

test("what is missing at the end is heard by the reader", async () => {
  const { chunks } = answer();
  const over = (): void => {
    throw new Failure("gap", "there was no end");
  };
  expect((await rejection(Array.fromAsync(watched(chunks, { over })))).message).toBe("there was no end");
});

test("a reader that leaves while it waits has left: the answer is not taken for whole", async () => {
  const waiting = Promise.withResolvers<IteratorResult<GenerateChunk, undefined>>();
  const chunks = {
    [Symbol.asyncIterator]: () => chunks,
    next: () => waiting.promise,
    async return() {
      waiting.resolve({ done: true, value: undefined });
      return await waiting.promise;
    },
  };
  const log: string[] = [];
  const passing = watched(chunks, { over: (how) => void log.push(how) });
  const pull = passing.next();
  await passing.return?.();
  expect((await pull).done).toBe(true);
  expect(log).toEqual(["left"]);
});
