import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GenerateChunk, GenerateRequest } from "../../protocol/model.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { rejection } from "../../test/support/rejection.ts";
import { inOrder } from "../answer/in-order.ts";
import { createScriptedModel } from "../scripted/scripted.ts";
import { truncateMiddle } from "./truncate-middle.ts";

test("cutting in the middle keeps beginning and end, and never more than fits", () => {
  fc.assert(
    fc.property(fc.uint32Array({ maxLength: 50 }), fc.integer({ min: 2, max: 60 }), (tokens, room) => {
      const kept = truncateMiddle(tokens, room);
      expect(kept.length).toBe(Math.min(tokens.length, room));
      const head = Math.ceil(kept.length / 2);
      expect([...kept.subarray(0, head)]).toEqual([...tokens.subarray(0, head)]);
      const tail = kept.length - head;
      expect([...kept.subarray(head)]).toEqual([...tokens.subarray(tokens.length - tail)]);
    }),
  );
});

describe("reading in parts", () => {
  const FACTS = /fact \w+/g;
  /** Says which facts its text holds: the answers about parts are such texts, too. */
  const answer = (text: string) => (text.match(FACTS) ?? ["nothing"]).join(" ");
  const filler = "words and words ".repeat(20);

  function model(contextLength: number, say = answer) {
    const blobs = createMemoryBlobs();
    return {
      blobs,
      model: createScriptedModel({ clock: createSystemClock(), blobs, answer: say, contextLength }),
    };
  }

  const ask = (context: unknown[], changes: Record<string, unknown> = {}) =>
    GenerateRequest.parse({
      model: "scripted",
      context,
      input: { type: "prompt", prompt: [{ type: "text", text: "\nWhich facts?" }] },
      limits: { maxTokens: 200, overflow: "map-reduce" },
      ...changes,
    });

  async function run(under: ReturnType<typeof model>, request: GenerateRequest) {
    const chunks = await Array.fromAsync(inOrder(under.model.generate(request)));
    const text = chunks.map((chunk) => (chunk.type === "tokens" ? chunk.text : "")).join("");
    const end = GenerateChunk.parse(chunks.at(-1));
    if (end.type !== "end") throw new Error("no end");
    return { text, usage: end.usage, chunks };
  }

  test("finds what stands in any part of a context many times too long", async () => {
    const under = model(1_000);
    const parts = Array.from({ length: 12 }, (_, n) => `${filler} fact n${n} `);
    const context = await Promise.all(parts.map((part) => under.blobs.put(part)));
    const { text, usage, chunks } = await run(under, ask(context));
    expect(new Set(text.match(FACTS))).toEqual(new Set(parts.flatMap((_, n) => [`fact n${n}`])));
    expect(usage.passes).toBeGreaterThan(5);
    expect(usage.promptTokens).toBeGreaterThan(12 * filler.length);
    expect(chunks.filter(({ type }) => type === "prefill").length).toBeGreaterThan(4);
  });

  test("is one ordinary pass when the context fits", async () => {
    const under = model(10_000);
    const { text, usage } = await run(under, ask([await under.blobs.put(`${filler} fact one`)]));
    expect(text).toBe("fact one");
    expect(usage.passes).toBe(1);
  });

  test("gives up when answers are as long as they may be, round after round", async () => {
    const under = model(1_000, (text) => text);
    const context = [await under.blobs.put(filler.repeat(400))];
    expect((await rejection(run(under, ask(context)))).code).toBe("too-large");
  });

  test("refuses when there is no context to divide, or the question fills the model", async () => {
    const long = { type: "prompt", prompt: [{ type: "text", text: filler.repeat(4) }] };
    expect((await rejection(run(model(1_000), ask([], { input: long })))).code).toBe("refused");
    const under = model(1_000);
    const context = [await under.blobs.put(filler)];
    expect((await rejection(run(under, ask(context, { input: long })))).code).toBe("too-large");
  });
});
