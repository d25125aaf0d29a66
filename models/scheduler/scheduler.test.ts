import { describe, expect, test } from "bun:test";
import { GenerateRequest, type ModelSnapshot } from "../../protocol/model.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { rejection } from "../../test/support/rejection.ts";
import { until } from "../../test/support/until.ts";
import { inOrder } from "../answer/in-order.ts";
import type { Model } from "../model.ts";
import { createScriptedModel, type ScriptedOptions } from "../scripted/scripted.ts";
import { createScheduler, type Scheduler, type SchedulerOptions } from "./scheduler.ts";

const clock = createSystemClock();
const CALLER = { caller: "alice" };

/** A scripted model whose state has a fixed size, like that of a recurrent one. */
function recurrent(options: Partial<ScriptedOptions> = {}) {
  const blobs = createMemoryBlobs();
  const model = createScriptedModel({ clock, blobs, answer: (text) => `${text.length} bytes.`, ...options });
  const card = async () => ({ ...(await model.card()), state: { fixedBytes: 1_024, bytesPerToken: 0 } });
  return { blobs, model: Object.create(model, { card: { value: card } }) as Model };
}

const ask = (text: string, changes: Record<string, unknown> = {}) =>
  GenerateRequest.parse({
    model: "scripted",
    input: { type: "prompt", prompt: [{ type: "text", text }] },
    ...changes,
  });
const schedule = (model: Model, changes: Partial<SchedulerOptions> = {}) =>
  createScheduler({ model, clock, ...changes });

async function answer(scheduler: Scheduler, request: GenerateRequest, caller = CALLER) {
  let text = "";
  for await (const chunk of inOrder(scheduler.generate(request, caller))) {
    if (chunk.type === "tokens") text += chunk.text;
    if (chunk.type === "end") return { text, usage: chunk.usage };
  }
  throw new Error("no end");
}

describe("a context that comes again", () => {
  test("is not read again, and the answer is that of the whole", async () => {
    const { model, blobs } = recurrent();
    const scheduler = schedule(model);
    const context = [await blobs.put("a long context, "), await blobs.put("in two parts. ")];
    const first = await answer(scheduler, ask("How long?", { context }));
    const second = await answer(scheduler, ask("And this one?", { context }));
    expect(first).toMatchObject({ text: "39 bytes.", usage: { promptTokens: 39, cachedTokens: 0 } });
    expect(second).toMatchObject({ text: "43 bytes.", usage: { promptTokens: 43, cachedTokens: 30 } });
  });

  test("and has grown is read from where it was left", async () => {
    const { model, blobs } = recurrent();
    const scheduler = schedule(model);
    const [one, two] = [await blobs.put("first part "), await blobs.put("second part ")];
    await answer(scheduler, ask("?", { context: [one] }));
    const grown = await answer(scheduler, ask("?", { context: [one, two] }));
    expect(grown).toMatchObject({ text: "24 bytes.", usage: { cachedTokens: 11 } });
  });

  test("is read again for another caller, unless both know the same salt", async () => {
    const { model, blobs } = recurrent();
    const scheduler = schedule(model);
    const context = [await blobs.put("what alice has read ")];
    const cached = async (caller: string, changes = {}) =>
      (await answer(scheduler, ask("?", { context, ...changes }), { caller })).usage.cachedTokens;
    expect([await cached("alice"), await cached("alice"), await cached("bob")]).toEqual([0, 20, 0]);
    const cacheSalt = "of both";
    expect(await cached("alice", { cacheSalt })).toBe(0);
    expect(await cached("bob", { cacheSalt })).toBe(20);
    // A salt is no way to be somebody else.
    expect(await cached("carol", { cacheSalt: "alice" })).toBe(0);
    expect(await cached("carol", { cacheSalt: "caller alice" })).toBe(0);
  });

  test("moves to another actor with the same weights", async () => {
    const store = new Map<string, ModelSnapshot>();
    const shared = {
      get: async (link: string) => store.get(link),
      put: async (link: string, snapshot: ModelSnapshot) => void store.set(link, snapshot),
    };
    const blobs = createMemoryBlobs();
    const [a, b] = [recurrent({ blobs }), recurrent({ blobs })].map(({ model }) =>
      schedule(model, { shared }),
    );
    const context = [await blobs.put("read by the first one. ")];
    await answer(a!, ask("?", { context }));
    expect((await answer(b!, ask("??", { context }))).usage.cachedTokens).toBe(23);
    const other = schedule(recurrent({ blobs, seed: 9 }).model, { shared });
    expect((await answer(other, ask("?", { context }))).usage.cachedTokens).toBe(0);
  });

  test("is read after all when its snapshot is gone", async () => {
    const { model, blobs } = recurrent();
    const scheduler = schedule(model);
    const context = [await blobs.put("here today, "), await blobs.put("gone tomorrow ")];
    const first = await answer(scheduler, ask("?", { context }));
    const lost = await model
      .generate(ask("", { context, limits: { maxTokens: 0 }, snapshot: true }))
      [Symbol.asyncIterator]();
    for (let next = await lost.next(); next.done !== true; next = await lost.next()) {
      if (next.value.type === "end") await blobs.delete(next.value.snapshot!.blob);
    }
    const second = await answer(scheduler, ask("?", { context }));
    expect(second).toMatchObject({ text: first.text, usage: { cachedTokens: 0 } });
  });
});

describe("a crash", () => {
  test("costs the answer in progress, as nobody's fault, and the next caller finds the model back", async () => {
    const { model } = recurrent({ behaviour: { type: "crashing", afterChunks: 1 } });
    const scheduler = schedule(model);
    const failure = await rejection(answer(scheduler, ask("Hello?")));
    expect(failure).toMatchObject({ code: "unavailable", owner: "infra", retryable: true });
    expect(scheduler.load()).toMatchObject({ status: "failed", running: 0 });
    expect((await rejection(answer(scheduler, ask("Hello?")))).code).toBe("unavailable");
    expect(scheduler.load().running).toBe(0);
  });

  test("at loading is not repeated by every caller", async () => {
    let loads = 0;
    const { model } = recurrent();
    const broken = Object.create(model, {
      status: { value: "failed" },
      load: {
        value: async () => {
          loads++;
          throw new Error("no such file");
        },
      },
    }) as Model;
    const scheduler = schedule(broken);
    await rejection(answer(scheduler, ask("a")));
    const second = await rejection(answer(scheduler, ask("b")));
    expect(second).toMatchObject({ code: "unavailable", retryAfterMs: expect.any(Number) });
    expect(loads).toBe(1);
  });
});

test("more callers than slots wait in line, and a full line says so", async () => {
  const { model } = recurrent({
    slots: 1,
    behaviour: { type: "slow", prefillTokensPerSecond: 1e6, tokensPerSecond: 200 },
  });
  const scheduler = schedule(model, { waiting: 2 });
  const running = [1, 2, 3].map(() => answer(scheduler, ask("Hello?")));
  await until(() => scheduler.load().waiting === 2, "two waiting");
  expect((await rejection(answer(scheduler, ask("one more")))).code).toBe("overloaded");
  expect((await Promise.all(running)).map(({ text }) => text)).toEqual(Array(3).fill("6 bytes."));
  expect(scheduler.load()).toMatchObject({ running: 0, waiting: 0 });
});

test("a model that nobody asks is unloaded, and loaded for the next caller", async () => {
  const { model } = recurrent();
  const scheduler = schedule(model, { idleMs: 50 });
  await answer(scheduler, ask("Hello?"));
  await until(() => scheduler.load().status === "unloaded", "unloaded");
  expect((await answer(scheduler, ask("Hello?"))).text).toBe("6 bytes.");
  await scheduler.close();
});

test("a reader who walks away frees the slot", async () => {
  const { model } = recurrent({ slots: 1 });
  const scheduler = schedule(model);
  for await (const _ of scheduler.generate(ask("Hello?"), CALLER)) break;
  expect(scheduler.load().running).toBe(0);
});
