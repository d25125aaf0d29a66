/** Against a real server: llama.cpp's own. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { GenerateRequest } from "../../protocol/model.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { modelContract } from "../../test/contract/model.ts";
import {
  LLAMA_MODEL,
  type LlamaServer,
  llamaServerMissing,
  startLlamaServer,
} from "../../test/support/llama-server.ts";
import { rejection } from "../../test/support/rejection.ts";
import { createOpenAiModel, type OpenAiOptions } from "./openai.ts";

const missing = await llamaServerMissing();
const clock = createSystemClock();
const KEY = "sk-test-3f9a";
const PROMPT = "Once upon a time there was a small robot who wanted to learn how to";

function modelAt(server: LlamaServer, changes: Partial<OpenAiOptions> = {}) {
  const blobs = createMemoryBlobs();
  const model = createOpenAiModel({
    ...{ clock, blobs, rng: createSystemRng(), http: createHttp() },
    baseUrl: server.baseUrl,
    apiKey: () => KEY,
    dialect: "llama.cpp",
    model: { id: LLAMA_MODEL, contextLength: 2_048 },
    slots: 2,
    attempts: 1,
    ...changes,
  });
  return { model, blobs };
}

describe.skipIf(missing !== undefined)("a llama.cpp server", () => {
  modelContract("llama.cpp behind the OpenAI API", async () => {
    const server = await startLlamaServer({ apiKey: KEY });
    const close = async () => server[Symbol.asyncDispose]();
    return { ...modelAt(server), now: () => clock.now(), prompt: PROMPT, remote: true, close };
  });

  let server: LlamaServer;
  beforeAll(async () => {
    server = await startLlamaServer({ apiKey: KEY });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const chat = (content: string, changes: Record<string, unknown> = {}) =>
    GenerateRequest.parse({
      model: LLAMA_MODEL,
      input: { type: "messages", messages: [{ role: "user", content: [{ type: "text", text: content }] }] },
      limits: { maxTokens: 16 },
      ...changes,
    });

  test("answers a conversation, its context before the user's words, with logprobs and usage", async () => {
    const { model, blobs } = modelAt(server);
    const context = [await blobs.put("The secret word is marmalade.\n")];
    const asked = chat("What is the secret word?", { context, sampling: { logprobs: 3 } });
    let said = "";
    for await (const chunk of model.generate(asked)) {
      if (chunk.type === "tokens") {
        said += chunk.text;
        expect(chunk.logprobs).toHaveLength(chunk.tokens.length);
        expect(chunk.logprobs?.[0]?.top).toHaveLength(3);
      }
      if (chunk.type === "end") {
        expect(chunk.usage.promptTokens).toBeGreaterThan(30);
        expect(chunk.usage.completionTokens).toBeGreaterThan(0);
        expect(chunk.usage.completionTokens).toBeLessThanOrEqual(16);
      }
    }
    expect(said.toLowerCase()).toContain("marmalade");
  });

  test("says what is wrong with a key, a name, an address, a length", async () => {
    const failing = async (changes: Partial<OpenAiOptions>, asked = chat("Hi")) =>
      rejection(Array.fromAsync(modelAt(server, changes).model.generate(asked)));
    const wrongKey = await failing({ apiKey: () => "sk-wrong-77" });
    expect(wrongKey).toMatchObject({ code: "unauthorised", hint: expect.stringContaining("API key") });
    expect(wrongKey.toLine()).not.toContain("sk-wrong-77");
    expect(await failing({ servedAs: "gpt-9" })).toMatchObject({
      code: "not-found",
      meta: { serves: LLAMA_MODEL },
    });
    const nobody = await failing({ baseUrl: "http://127.0.0.1:1/v1" });
    expect(nobody).toMatchObject({ code: "unavailable", hint: expect.stringContaining("address") });
    expect(await failing({}, chat("word ".repeat(3_000)))).toMatchObject({ code: "too-large" });
  });

  test("that dies in the middle of an answer costs a provider's failure, and comes back under the same model", async () => {
    const own = await startLlamaServer({ apiKey: KEY });
    const { model } = modelAt(own);
    const reading = (async () => {
      for await (const chunk of model.generate(
        chat("Tell me a long story.", { limits: { maxTokens: 512 } }),
      )) {
        if (chunk.type === "tokens") await own.kill();
      }
    })();
    expect((await rejection(reading)).code).toBe("provider");
    expect((await rejection(Array.fromAsync(model.generate(chat("Hi"))))).code).toBe("unavailable");
  });
});
