import { expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import type { GenerateChunk } from "../../protocol/model.ts";
import { rejection } from "../../test/support/rejection.ts";
import { opened } from "./opened.ts";

const part = (seq: number): GenerateChunk => ({ type: "tokens", seq, tokens: [], text: "" });

function answer() {
  const log: string[] = [];
  async function* make(): AsyncGenerator<GenerateChunk, undefined> {
    try {
      for (let seq = 0; seq < 3; seq++) yield part(seq);
      return undefined;
    } finally {
      log.push("let go");
    }
  }
  const began = Promise.withResolvers<void>();
  const begin = async () => {
    log.push("asked");
    await began.promise;
    const rest = make();
    return { first: await rest.next(), rest };
  };
  return { log, began, chunks: opened(begin) };
}

test("asks nobody before the first pull, and then gives everything", async () => {
  const { log, began, chunks } = answer();
  began.resolve();
  expect(log).toEqual([]);
  expect(await Array.fromAsync(chunks)).toEqual([part(0), part(1), part(2)]);
  expect(log).toEqual(["asked", "let go"]);
});

test("a reader that leaves without a pull asks nobody at all", async () => {
  const { log, chunks } = answer();
  await chunks.return?.();
  expect((await chunks.next()).done).toBe(true);
  expect(log).toEqual([]);
});

test("what begins after its reader has left is let go", async () => {
  const { log, began, chunks } = answer();
  const first = chunks.next();
  const leaving = chunks.return?.();
  began.resolve();
  await leaving;
  expect(await first).toEqual({ done: false, value: part(0) });
  expect(log).toEqual(["asked", "let go"]);
  expect((await chunks.next()).done).toBe(true);
});

test("what cannot begin fails once, and is over then", async () => {
  const chunks = opened(async () => {
    throw new Failure("overloaded", "the line is full");
  });
  expect((await rejection(chunks.next())).code).toBe("overloaded");
  expect((await chunks.next()).done).toBe(true);
  await chunks.return?.();
});
