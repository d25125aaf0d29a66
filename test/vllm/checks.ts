/** What a vLLM server is to do for our back end, check by check: asked of a real one, or of what a real one said. */
import { expect } from "bun:test";
import type { Model } from "../../models/model.ts";
import type { OpenAiOptions } from "../../models/openai/openai.ts";
import { type GenerateChunk, GenerateRequest, ScoreRequest, TokenizeRequest } from "../../protocol/model.ts";
import { rejection } from "../support/rejection.ts";

export const VLLM_MODEL = "smollm2";
/** How the server was started: requests it holds at most, and tokens it reads. */
export const VLLM_QUEUE = 4;
export const VLLM_CONTEXT = 2_048;

export const TEXT = "Once upon a time there was a small robot who wanted to learn how to";
const prompt = (text: string) => ({ type: "prompt", prompt: [{ type: "text", text }] });
const tokens = (list: readonly number[]) => ({ type: "tokens", tokens: list });
const words = (text: string) => ({
  type: "messages",
  messages: [{ role: "user", content: [{ type: "text", text }] }],
});
const TOOL = {
  type: "function",
  function: {
    name: "distance",
    parameters: { type: "object", properties: { km: { type: "integer" } }, required: ["km"] },
  },
};

const ask = (input: object, changes: object = {}) =>
  GenerateRequest.parse({ model: VLLM_MODEL, input, limits: { maxTokens: 8 }, ...changes });

/** Nobody reads it to its end. */
export const longRequest = ask(prompt(TEXT), {
  ...{ limits: { maxTokens: 1_024 }, sampling: { ignoreEnd: true } },
});

interface Answer {
  tokens: number[];
  text: string;
  logprobs: { token: number | null; logprob: number; text?: string | undefined; top: unknown[] }[];
  calls: unknown[];
  end: Extract<GenerateChunk, { type: "end" }>;
}

async function answer(model: Model, request: GenerateRequest): Promise<Answer> {
  const chunks = await Array.fromAsync(model.generate(request));
  const given = chunks.filter((chunk) => chunk.type === "tokens");
  const end = chunks.at(-1);
  if (end?.type !== "end") throw new Error("no end");
  return {
    tokens: given.flatMap((chunk) => chunk.tokens),
    text: given.map((chunk) => chunk.text).join(""),
    logprobs: given.flatMap((chunk) => chunk.logprobs ?? []),
    calls: chunks.flatMap((chunk) => (chunk.type === "tool-calls" ? chunk.calls : [])),
    end,
  };
}

const codeOf = async (work: Promise<unknown>) => (await rejection(work)).code;

export type Check = (at: (changes?: Partial<OpenAiOptions>) => Model) => Promise<void>;

export const VLLM_CHECKS: Readonly<Record<string, Check>> = {
  async "answers a conversation with text, tokens by id, their log probabilities and usage"(at) {
    const request = ask(words("What is an orrery?"), { sampling: { logprobs: 2 } });
    const { tokens: given, text, logprobs, end } = await answer(at(), request);
    expect(given).toHaveLength(8);
    expect(logprobs.map(({ token }) => token)).toEqual(given);
    expect(logprobs.map((each) => each.text).join("")).toBe(text);
    for (const { token, top } of logprobs) {
      expect(top).toHaveLength(2);
      expect(top[0]).toMatchObject({ token, text: expect.any(String) });
    }
    expect(end).toMatchObject({ finishReason: "length", usage: { promptTokens: 37, completionTokens: 8 } });
  },

  async "confirms by scoring what it said in answering, and names each token of the prompt"(at) {
    const model = at();
    const { tokens: list } = await model.tokenize(
      TokenizeRequest.parse({ model: VLLM_MODEL, input: prompt(TEXT) }),
    );
    if (list.type !== "inline") throw new Error("expected few tokens");
    const given = await answer(model, ask(prompt(TEXT), { sampling: { logprobs: 0, ignoreEnd: true } }));
    expect(given.end.usage.promptTokens).toBe(list.tokens.length);
    const all = [...list.tokens, ...given.tokens];
    const scored = await model.score(ScoreRequest.parse({ model: VLLM_MODEL, input: tokens(all), top: 1 }));
    expect(scored).toMatchObject({ tokens: all.length, first: { token: all[0]! } });
    expect(scored.scores.map(({ token }) => token)).toEqual(all.slice(1));
    for (const [n, { logprob, top }] of scored.scores.slice(-8).entries()) {
      expect(Math.abs(logprob - given.logprobs[n]!.logprob)).toBeLessThan(0.01);
      expect(top[0]!.token).toBe(given.tokens[n]!);
    }
    // Tokens that are not among the best are told as well.
    expect(scored.scores.some(({ token, top }) => top[0]!.token !== token)).toBe(true);
  },

  async "tells its version, for evidence"(at) {
    const model = at();
    await model.load();
    expect((await model.card()).versions).toEqual({ vllm: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  },

  async "draws the same answer from the same seed, and another one from another"(at) {
    const drawn = async (seed: number) =>
      (await answer(at(), ask(prompt(TEXT), { seed, sampling: { temperature: 1 } }))).tokens;
    const first = await drawn(7);
    expect(await drawn(7)).toEqual(first);
    expect(await drawn(8)).not.toEqual(first);
  },

  async "draws as it is told: by rank, by share of the best, against repetition"(at) {
    const said = async (sampling: object) => (await answer(at(), ask(prompt(TEXT), { sampling }))).text;
    const greedy = await said({});
    expect(await said({ temperature: 2, topK: 1 })).toBe(greedy);
    expect(await said({ temperature: 2, minP: 1 })).toBe(greedy);
    expect(await said({ temperature: 2, topP: 0.0001 })).toBe(greedy);
    const again = async (sampling: object) =>
      (await answer(at(), ask(prompt("one one one one one one one"), { sampling }))).text;
    expect(await again({ repetitionPenalty: 2 })).not.toBe(await again({}));
    expect(await again({ frequencyPenalty: 2, presencePenalty: 2 })).not.toBe(await again({}));
  },

  async "ends at a stop text, which is not shown, and past its own end where that is ignored"(at) {
    const whole = (await answer(at(), ask(prompt(TEXT)))).text;
    const stop = whole.trim().slice(3, 6);
    const cut = await answer(at(), ask(prompt(TEXT), { sampling: { stop: [stop] } }));
    expect(cut).toMatchObject({ text: whole.slice(0, whole.indexOf(stop)), end: { finishReason: "stop" } });
    const short = ask(words("What is the capital of France?"), { limits: { maxTokens: 24 } });
    const ended = await answer(at(), short);
    expect(ended.end).toMatchObject({ finishReason: "stop" });
    const endless = await answer(at(), { ...short, sampling: { ...short.sampling, ignoreEnd: true } });
    expect(endless).toMatchObject({ end: { finishReason: "length", usage: { completionTokens: 24 } } });
  },

  async "calls the tool that it must call"(at) {
    const input = {
      ...words("How far is it from Paris to Rome?"),
      tools: [TOOL],
      toolChoice: { type: "function", function: { name: "distance" } },
    };
    const { calls, text, end } = await answer(at(), ask(input, { limits: { maxTokens: 64 } }));
    expect(text).toBe("");
    expect(calls).toMatchObject([{ type: "function", function: { name: "distance" } }]);
    const [call] = calls as { id: string; function: { arguments: string } }[];
    expect(call!.id).not.toBe("");
    expect(() => JSON.parse(call!.function.arguments)).not.toThrow();
    expect(["stop", "tool_calls"]).toContain(end.finishReason);
  },

  async "answers in the shape that was asked for"(at) {
    const { parameters: schema } = TOOL.function;
    const input = {
      ...words("How far is it from Paris to Rome?"),
      responseFormat: { type: "json_schema", json_schema: { name: "distance", schema } },
    };
    const { text } = await answer(at(), ask(input, { limits: { maxTokens: 64 } }));
    expect(JSON.parse(text)).toEqual({ km: expect.any(Number) });
  },

  async "says what is too long, to read and to score"(at) {
    const model = at();
    const long = prompt("word ".repeat(VLLM_CONTEXT + 52));
    expect(await codeOf(answer(model, ask(long)))).toBe("too-large");
    expect(await codeOf(answer(model, ask(words("word ".repeat(VLLM_CONTEXT)))))).toBe("too-large");
    const many = tokens(new Array<number>(VLLM_CONTEXT + 52).fill(5));
    expect(await codeOf(model.score(ScoreRequest.parse({ model: VLLM_MODEL, input: many })))).toBe(
      "too-large",
    );
    const limits = { maxTokens: 4, maxPromptTokens: 5 };
    expect(await codeOf(answer(model, ask(prompt(TEXT), { limits })))).toBe("too-large");
  },

  async "says what it cannot read, in the answer's stream where it has begun one"(at) {
    const unknown = tokens([0x7fff_ffff]);
    expect(await codeOf(answer(at(), ask(unknown)))).toBe("malformed");
    expect(await codeOf(at().score(ScoreRequest.parse({ model: VLLM_MODEL, input: unknown })))).toBe(
      "malformed",
    );
    const shapeless = { ...words("Hi"), responseFormat: "strange" };
    expect(await rejection(answer(at(), ask(shapeless)))).toMatchObject({
      ...{ code: "malformed", meta: { param: "response_format" } },
    });
  },

  async "says whom it does not know, and which model"(at) {
    const stranger = at({ apiKey: () => "sk-wrong-77" });
    expect(await codeOf(answer(stranger, ask(words("Hi"))))).toBe("unauthorised");
    expect(await codeOf(answer(at({ servedAs: "gpt-9" }), ask(words("Hi"))))).toBe("not-found");
    const promised = at({ model: { id: VLLM_MODEL, contextLength: VLLM_CONTEXT + 1 } });
    expect(await rejection(answer(promised, ask(words("Hi"))))).toMatchObject({
      ...{ code: "config", meta: { server: VLLM_CONTEXT } },
    });
  },

  async "turns away whom it has no place for, as a server that may be asked again"(at) {
    const model = at({ slots: VLLM_QUEUE });
    const left = Promise.withResolvers<void>();
    const begun = Array.from({ length: VLLM_QUEUE }, () => Promise.withResolvers<void>());
    const held = begun.map(async ({ resolve }) => {
      for await (const _ of model.generate(longRequest)) {
        resolve();
        await left.promise;
        return;
      }
    });
    await Promise.all(begun.map(({ promise }) => promise));
    const turnedAway = await rejection(answer(at(), ask(words("Hi"))));
    left.resolve();
    await Promise.all(held);
    expect(turnedAway).toMatchObject({ code: "unavailable", retryable: true });
  },
};
