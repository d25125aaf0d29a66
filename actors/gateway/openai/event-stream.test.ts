/** Readers of a stream that do not do what a good one does. Over real sockets, whose buffers are part of it. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { createScriptedModel } from "../../../models/scripted/scripted.ts";
import type { GenerateChunk } from "../../../protocol/model.ts";
import { createSystemClock } from "../../../runtime/ports/system-clock.ts";
import { VirtualClock } from "../../../runtime/simulation/virtual-clock.ts";
import { type FrontWorld, KEY, startFront } from "../../../test/openai/front-world.ts";
import { until } from "../../../test/support/until.ts";
import { eventStream } from "./event-stream.ts";

const TEXT = "x".repeat(32 * 1024);
/** Megabytes lie in the buffers of a connection; more than this do not. */
const MOST_CHUNKS = (32 * 1024 * 1024) / TEXT.length;

let made = 0;
let stopped = false;
let front: FrontWorld;
let reader: Socket;

async function* endless(): AsyncGenerator<GenerateChunk, void, undefined> {
  try {
    for (;;) yield { type: "tokens", seq: made++, tokens: [1], text: TEXT };
  } finally {
    stopped = true;
  }
}

beforeEach(async () => {
  [made, stopped] = [0, false];
  const clock = createSystemClock();
  front = await startFront({
    model: (blobs) =>
      Object.create(createScriptedModel({ clock, blobs, answer: () => "" }), {
        generate: { value: endless },
      }),
  });
  const { hostname, port, pathname } = new URL(front.url);
  const body = JSON.stringify({
    ...{ model: "scripted", stream: true },
    messages: [{ role: "user", content: "Hello" }],
  });
  reader = connect(Number(port), hostname);
  reader.on("error", () => {});
  reader.pause();
  reader.write(
    `POST ${pathname}/chat/completions HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${KEY}\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
});

afterEach(async () => {
  reader.destroy();
  await front[Symbol.asyncDispose]();
});

/** The model has made chunks, and for a while none any more. */
async function untilHeld(): Promise<void> {
  let [last, since] = [0, performance.now()];
  await until(() => {
    if (made !== last) [last, since] = [made, performance.now()];
    return made > 0 && performance.now() - since > 300;
  }, "the model is held back");
}

test("one that reads nothing holds the model back, and lets it go on when it reads", async () => {
  await untilHeld();
  expect(made).toBeLessThan(MOST_CHUNKS);
  const before = made;
  reader.resume();
  await until(() => made > before + MOST_CHUNKS, "the model goes on");
  expect(stopped).toBe(false);
});

test("one that leaves while its connection is full stops the model", async () => {
  await untilHeld();
  reader.destroy();
  await until(() => stopped, "the model is stopped");
});

test("one that leaves while it reads stops the model", async () => {
  reader.resume();
  await until(() => made > 100, "the model has said something");
  reader.destroy();
  await until(() => stopped, "the model is stopped");
});

test("says that it is still there while a long prompt is read, and stops when its reader leaves", async () => {
  const clock = new VirtualClock();
  let left = false;
  const response = eventStream({
    head: { kind: "chat", id: "chatcmpl-1", created: 0, model: "scripted" },
    first: {
      done: false,
      value: { choice: 0, chunk: { type: "prefill", seq: 0, done: 1, total: 9 } },
    },
    answers: {
      next: () => new Promise<never>(() => {}),
      async return() {
        left = true;
        return { done: true, value: undefined };
      },
    },
    ...{ choices: 1, each: 1, includeUsage: false, clock, onError: () => {} },
  });
  const reader = response.body!.getReader();
  let said = "";
  const reading = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read())
      said += new TextDecoder().decode(part.value);
  })();
  await until(() => said.includes(": read 1 of 9 tokens"), "the first word");
  await clock.advance(25_000);
  await until(() => said.endsWith(": still here\n\n"), "a word while nothing happens");
  await reader.cancel();
  await reading;
  expect(left).toBe(true);
  expect(clock.next).toBeUndefined();
});
