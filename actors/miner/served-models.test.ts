import { describe, expect, test } from "bun:test";
import { createScheduler } from "../../models/scheduler/scheduler.ts";
import { createScriptedModel } from "../../models/scripted/scripted.ts";
import { type GenerateChunk, GenerateRequest } from "../../protocol/model.ts";
import type { Context } from "../../runtime/context.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { rejection } from "../../test/support/rejection.ts";
import { servedModels } from "./served-models.ts";

const clock = createSystemClock();
const blobs = createMemoryBlobs();
const model = createScriptedModel({ clock, blobs, id: "m", answer: () => "fine" });
const served = servedModels([createScheduler({ model, clock })]);
const context = {
  sender: "validator-1",
  signal: new AbortController().signal,
  deadline: clock.now() + 60_000,
};

async function ask(changes: Record<string, unknown> = {}): Promise<GenerateChunk[]> {
  const request = GenerateRequest.parse({
    model: "m",
    input: { type: "tokens", tokens: [1, 2] },
    ...changes,
  });
  return await Array.fromAsync(served.generate(request, context as Context));
}

describe("a miner's models", () => {
  test("answer prompts that come with the question, and tell their cards", async () => {
    expect((await ask()).at(-1)).toMatchObject({ type: "end", usage: { promptTokens: 2 } });
    expect((await served.card("m"))?.id).toBe("m");
    expect(await served.card("n")).toBeUndefined();
  });

  test("read nothing from anybody's store, and hand out no states", async () => {
    const blob = await blobs.put("secret");
    const asked: Record<string, unknown>[] = [
      { context: [blob] },
      { snapshot: true },
      { resume: { blob, tokens: 6, weights: "0".repeat(64) } },
      { limits: { overflow: "map-reduce" } },
      { model: "n" },
    ];
    for (const changes of asked) expect((await rejection(ask(changes))).code).toBe("refused");
    const byReference = { input: { type: "prompt", prompt: [{ type: "text-ref", blob }] } };
    expect((await rejection(ask(byReference))).code).toBe("refused");
  });
});
