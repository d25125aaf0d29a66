import { describe, expect, test } from "bun:test";
import { createScriptedModel, type ScriptedOptions } from "../../../models/scripted/scripted.ts";
import { createMemoryBlobs } from "../../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../../runtime/ports/system-clock.ts";
import { rejection } from "../../../test/support/rejection.ts";
import { parseCall } from "../call.ts";
import { modelChat } from "./model-chat.ts";

const ask = (options: Partial<ScriptedOptions>, kwargs: object, signal = new AbortController().signal) => {
  const model = createScriptedModel({
    ...{ clock: createSystemClock(), blobs: createMemoryBlobs(), id: "scripted" },
    answer: ({ length }) => `You said ${length} characters.`,
    ...options,
  });
  const provider = modelChat({
    models: { "acme/one": "scripted" },
    async *generate(request, { signal: left, onCard }) {
      onCard(await model.card());
      yield* model.generate(request, { signal: left });
    },
  });
  const call = { tool: "llm_chat", kwargs: { model: "acme/one", ...kwargs } };
  return provider.call(parseCall(JSON.stringify(call)), { signal, maxBytes: 1_000_000 });
};
const user = (content: string) => ({ messages: [{ role: "user", content }] });

describe("a model of one's own", () => {
  test("answers a chat, and its tokens are what is paid for", async () => {
    const { response, usage, answering } = await ask({}, user("hello"));
    expect(response).toMatchObject({
      choices: [{ message: { content: [{ text: expect.stringMatching(/^You said \d+ characters\.$/) }] } }],
      metadata: { model: "acme/one" },
      finish_reason: "stop",
    });
    expect(usage?.promptTokens).toBeGreaterThan(5);
    expect(usage?.completionTokens).toBeGreaterThan(10);
    expect(answering).toMatchObject({ source: "weights", model: "scripted", card: { backend: "scripted" } });
  });

  test("stops after the tokens that were paid for", async () => {
    const { usage, response } = await ask({}, { ...user("hello"), max_tokens: 5 });
    expect(usage?.completionTokens).toBeLessThanOrEqual(5);
    expect(response).toMatchObject({ finish_reason: "length" });
  });

  test("takes long messages whole", async () => {
    const { usage } = await ask({}, user("😀".repeat(40_000)));
    expect(usage?.promptTokens).toBeGreaterThanOrEqual(160_000);
  });

  test("that cannot take so much text blames the program, and one that is down does not", async () => {
    const tooLong = await rejection(ask({ contextLength: 64 }, user("x".repeat(100))));
    expect(tooLong.owner).toBe("miner");
    const down = await rejection(ask({ behaviour: { type: "crashing", afterChunks: 0 } }, user("x")));
    expect([down.code, down.owner]).toEqual(["provider", "provider"]);
  });

  test("is left when the call is cancelled", async () => {
    const abort = new AbortController();
    const asked = ask(
      { behaviour: { type: "slow", prefillTokensPerSecond: 1, tokensPerSecond: 1 } },
      user("x"),
      abort.signal,
    );
    abort.abort();
    expect((await rejection(asked)).code).toBe("cancelled");
  });
});
