/** What the official JavaScript client is to see, check by check, as in conformance.py. */
import { expect } from "bun:test";
import OpenAI from "openai";
import type { Abilities } from "./python-client.ts";

const HELLO = [{ role: "user" as const, content: "Say hello to the orrery." }];

export function javascriptChecks(url: string, apiKey: string, model: string, can: Abilities) {
  const client = new OpenAI({ baseURL: url, apiKey, maxRetries: 0, timeout: 60_000 });
  const fixed = { model, temperature: 0, seed: 7 };
  const chat = client.chat.completions;
  const refused = async (call: PromiseLike<unknown>) => {
    try {
      await call;
    } catch (error) {
      if (error instanceof OpenAI.APIError) return error;
      throw error;
    }
    throw new Error("was not refused");
  };

  return {
    async "lists its models"() {
      const ids = [];
      for await (const each of client.models.list()) ids.push(each.id);
      expect(ids).toContain(model);
      expect(await client.models.retrieve(model)).toMatchObject({ id: model, object: "model" });
    },
    async "streams what it answers, with usage when asked for"() {
      const asked = { ...fixed, messages: HELLO, max_tokens: 24 };
      const whole = await chat.create(asked);
      const stream = await chat.create({ ...asked, stream: true, stream_options: { include_usage: true } });
      let text = "";
      let usage: OpenAI.CompletionUsage | null | undefined;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        usage = chunk.usage ?? usage;
      }
      expect(text).toBe(whole.choices[0]?.message.content ?? "");
      expect(usage?.completion_tokens).toBe(whole.usage?.completion_tokens ?? -1);
    },
    async "gathers a stream with the client's own helper"() {
      const runner = chat.stream({ ...fixed, messages: HELLO, max_tokens: 8 });
      const final = await runner.finalChatCompletion();
      expect(final.choices[0]?.message).toMatchObject({ role: "assistant", content: expect.any(String) });
    },
    async "completes a prompt"() {
      const done = await client.completions.create({ ...fixed, prompt: "Once upon a time", max_tokens: 8 });
      expect(done).toMatchObject({
        object: "text_completion",
        choices: [{ index: 0, text: expect.any(String) }],
      });
    },
    async "makes several choices, whole and in one stream"() {
      const asked = { ...fixed, messages: HELLO, max_tokens: 8, n: 2 };
      const whole = await chat.create(asked);
      expect(whole.choices.map(({ index }) => index)).toEqual([0, 1]);
      const final = await chat.stream(asked).finalChatCompletion();
      expect(final.choices.map(({ index, finish_reason: reason }) => [index, reason])).toEqual(
        whole.choices.map(({ index, finish_reason: reason }) => [index, reason]),
      );
      if (!can.score) return;
      const texts = (choices: { message: { content: string | null } }[]) =>
        choices.map(({ message }) => message.content);
      expect(texts(final.choices)).toEqual(texts(whole.choices));
    },
    async "answers several prompts, and repeats them with their probabilities where the model can"() {
      const prompt = ["Once upon a time", "The planets turn"];
      const asked = { ...fixed, prompt, max_tokens: 1, echo: true };
      const done = await client.completions.create(asked);
      for (const [at, { index, text }] of done.choices.entries()) {
        expect(index).toBe(at);
        expect(text).toStartWith(prompt[at]!);
      }
      const told = client.completions.create({ ...asked, logprobs: 1 });
      if (!can.score) {
        expect(await refused(told)).toMatchObject({ status: 400, param: "echo" });
        return;
      }
      for (const { text, logprobs } of (await told).choices) expect(logprobs?.tokens?.join("")).toBe(text);
    },
    async "makes embeddings, or says that the model cannot"() {
      const create = client.embeddings.create.bind(client.embeddings);
      if (!can.embed) {
        expect(await refused(create({ model, input: "a" }))).toMatchObject({
          status: 400,
          code: "unsupported",
        });
        return;
      }
      const { data, usage } = await create({ model, input: ["a fox", "a fox", "7 %"] });
      const [first = [], second = [], other = []] = data.map(({ embedding }) => embedding);
      const product = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
      expect(first).toEqual(second);
      expect(product(first, first)).toBeCloseTo(1, 3);
      expect(product(first, other)).toBeLessThan(0.999);
      expect(usage.prompt_tokens).toBeGreaterThan(0);
      const [floats] = (await create({ model, input: "a fox", encoding_format: "float" })).data;
      for (const [at, value] of floats!.embedding.entries()) expect(value).toBeCloseTo(first[at]!, 6);
      expect(await refused(create({ model, input: "" }))).toMatchObject({ status: 400, param: "input" });
    },
    async "stops when the client aborts, and answers the next"() {
      const abort = new AbortController();
      const stream = await chat.create(
        { ...fixed, messages: HELLO, max_tokens: 200, stream: true },
        { signal: abort.signal },
      );
      for await (const _ of stream) {
        abort.abort();
        break;
      }
      const next = await chat.create({ ...fixed, messages: HELLO, max_tokens: 4 });
      expect(next.choices).toHaveLength(1);
    },
    async "tells errors as the client's own classes"() {
      expect(await refused(chat.create({ model: "gpt-9", messages: HELLO }))).toBeInstanceOf(
        OpenAI.NotFoundError,
      );
      const bad = await refused(chat.create({ ...fixed, messages: HELLO, top_p: 7 }));
      expect(bad).toMatchObject({ status: 400, param: "top_p", type: "invalid_request_error" });
      const stranger = new OpenAI({ baseURL: url, apiKey: "sk-wrong", maxRetries: 0 });
      const key = await refused(stranger.chat.completions.create({ ...fixed, messages: HELLO }));
      expect(key).toBeInstanceOf(OpenAI.AuthenticationError);
      const long = [{ role: "user" as const, content: "word ".repeat(can.tooManyWords) }];
      expect(await refused(chat.create({ ...fixed, messages: long }))).toMatchObject({
        code: "context_length_exceeded",
      });
    },
  };
}
