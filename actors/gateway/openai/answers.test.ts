import { expect, test } from "bun:test";
import { Failure } from "../../../protocol/failure.ts";
import { rejection } from "../../../test/support/rejection.ts";
import { until } from "../../../test/support/until.ts";
import type { AnswerChunk } from "./answer-body.ts";
import { Answers, type AnswersOptions } from "./answers.ts";

const word = (text: string): AnswerChunk => ({ type: "echo", text });

/** Answers whose words are said by hand, and what was asked of each. */
function byHand(choices: number) {
  const waiting = new Map<number, PromiseWithResolvers<IteratorResult<AnswerChunk, undefined>>>();
  const [pulled, ended]: [number[], number[]] = [[], []];
  let signal: AbortSignal | undefined;
  const begin: AnswersOptions["begin"] = (choice, its) => {
    signal = its;
    const next = () => {
      pulled.push(choice);
      const pull = Promise.withResolvers<IteratorResult<AnswerChunk, undefined>>();
      waiting.set(choice, pull);
      return pull.promise;
    };
    return {
      [Symbol.asyncIterator]: () => ({
        next,
        return: async () => {
          ended.push(choice);
          return { done: true as const, value: undefined };
        },
      }),
    };
  };
  return {
    answers: new Answers({ choices, begin, signal: new AbortController().signal }),
    ...{ pulled, ended, stopped: () => signal?.aborted },
    says: (choice: number, text: string) => waiting.get(choice)!.resolve({ done: false, value: word(text) }),
    ends: (choice: number) => waiting.get(choice)!.resolve({ done: true, value: undefined }),
    fails: (choice: number, code: "unavailable" | "overloaded" = "unavailable") =>
      waiting.get(choice)!.reject(new Failure(code, "gone")),
  };
}
const said = (choice: number, text: string) => ({ done: false, value: { choice, chunk: word(text) } });

test("whichever answer has something to say is heard, and goes on only when it was", async () => {
  const { answers, says, pulled } = byHand(3);
  const first = answers.next();
  expect(pulled).toEqual([0, 1, 2]);
  says(2, "c");
  expect(await first).toEqual(said(2, "c") as never);
  says(0, "a");
  await until(() => true, "the word is heard");
  // Nobody has asked for more: not even the one whose word was taken is asked to go on.
  expect(pulled).toEqual([0, 1, 2]);
  expect(await answers.next()).toEqual(said(0, "a") as never);
  expect(pulled).toEqual([0, 1, 2, 2]);
});

test("at most sixteen are made at a time, the others begin as these end, and all of them are heard", async () => {
  const { answers, ends, pulled } = byHand(40);
  const over = answers.next();
  expect(pulled).toHaveLength(16);
  for (let choice = 0; choice < 40; choice++) {
    await until(() => pulled.length > choice, "it has begun");
    expect(pulled.length).toBeLessThanOrEqual(16 + choice);
    ends(choice);
  }
  expect((await over).done).toBe(true);
  expect((await answers.next()).done).toBe(true);
  expect(new Set(pulled).size).toBe(40);
});

test("one that fails ends the others, and the reader hears why instead of what they had said", async () => {
  const { answers, fails, says, ended, stopped } = byHand(3);
  const first = answers.next();
  says(1, "b");
  await first;
  says(0, "a");
  fails(2);
  await until(() => ended.length > 0, "the others are ended");
  expect((await rejection(answers.next())).code).toBe("unavailable");
  expect([ended.toSorted(), stopped()]).toEqual([[0, 1, 2], true]);
  expect((await answers.next()).done).toBe(true);
});

test("one that finds the line full waits until another one has ended; the last of them fails", async () => {
  const { answers, says, ends, fails, pulled } = byHand(3);
  const first = answers.next();
  fails(1, "overloaded");
  says(0, "a");
  expect(await first).toEqual(said(0, "a") as never);
  const second = answers.next();
  says(0, "b");
  await second;
  expect(pulled).toEqual([0, 1, 2, 0]);
  const third = answers.next();
  ends(0);
  await until(() => pulled.length === 6, "what waited has begun");
  says(1, "c");
  expect(await third).toEqual(said(1, "c") as never);
  const fourth = answers.next();
  ends(2);
  // It has said something: there is no doing it again.
  fails(1, "overloaded");
  expect((await rejection(fourth)).code).toBe("overloaded");
  expect(pulled).toEqual([0, 1, 2, 0, 0, 1, 1]);

  const full = byHand(2);
  const refused = rejection(full.answers.next());
  for (const choice of [0, 1]) full.fails(choice, "overloaded");
  expect((await refused).code).toBe("overloaded");
});

test("a reader who leaves ends all of them, also while it waits for a word", async () => {
  const { answers, ended, stopped, says } = byHand(2);
  const waiting = answers.next();
  await answers.return();
  expect((await waiting).done).toBe(true);
  expect([ended, stopped()]).toEqual([[0, 1], true]);
  says(0, "too late");
  expect((await answers.next()).done).toBe(true);
});
