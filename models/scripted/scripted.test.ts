import { describe, expect, test } from "bun:test";
import { GenerateRequest } from "../../protocol/model.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { modelContract } from "../../test/contract/model.ts";
import { rejection } from "../../test/support/rejection.ts";
import type { ScriptedBehaviour } from "./behaviour.ts";
import { createScriptedModel, type ScriptedOptions } from "./scripted.ts";

const clock = createSystemClock();
const ANSWER = "The answer is forty-two, as everybody knows by now.";

modelContract("scripted", async () => {
  const blobs = createMemoryBlobs();
  const model = createScriptedModel({ clock, blobs, answer: () => ANSWER });
  return { model, blobs, now: () => clock.now(), prompt: "What is the answer to everything?" };
});

const behaving = (behaviour: ScriptedBehaviour, changes: Partial<ScriptedOptions> = {}) =>
  createScriptedModel({
    clock,
    blobs: createMemoryBlobs(),
    answer: () => ANSWER,
    seed: 5,
    behaviour,
    ...changes,
  });

const request = GenerateRequest.parse({
  model: "scripted",
  input: { type: "messages", messages: [{ role: "user", content: [{ type: "text", text: "Well?" }] }] },
});

async function answerOf(model: ReturnType<typeof behaving>, asked = request) {
  let text = "";
  let completionTokens = 0;
  for await (const chunk of model.generate(asked)) {
    if (chunk.type === "tokens") text += chunk.text;
    if (chunk.type === "end") completionTokens = chunk.usage.completionTokens;
  }
  return { text, completionTokens };
}

const scoreOf = async (model: ReturnType<typeof behaving>) =>
  (await model.score({ model: "scripted", context: [], input: request.input, top: 0 })).scores;

describe("a scripted model that", () => {
  test("is perfect says what it is told", async () => {
    expect(await answerOf(behaving({ type: "perfect" }))).toEqual({
      text: ANSWER,
      completionTokens: ANSWER.length,
    });
  });

  test("is noisy gets some words wrong, the same ones every time, others with another seed", async () => {
    const noisy = () => behaving({ type: "noisy", rate: 0.5 });
    const first = await answerOf(noisy());
    expect(first).toEqual(await answerOf(noisy()));
    expect(first.text).not.toBe(ANSWER);
    expect(first.text.split(" ")).toHaveLength(ANSWER.split(" ").length);
    expect((await answerOf(noisy(), { ...request, seed: 1 })).text).not.toBe(first.text);
  });

  test("is noisy has nearly the probabilities of the perfect one", async () => {
    const perfect = await scoreOf(behaving({ type: "perfect" }));
    const noisy = await scoreOf(behaving({ type: "noisy", rate: 0 }));
    const off = noisy.map(({ logprob }, n) => Math.abs(logprob - perfect[n]!.logprob));
    expect(Math.max(...off)).toBeGreaterThan(0);
    expect(Math.max(...off)).toBeLessThanOrEqual(0.01);
  });

  test("is slow lets the time of every token pass on its clock", async () => {
    const slept: number[] = [];
    const slow = { ...clock, sleep: async (delayMs: number) => void slept.push(delayMs) };
    await answerOf(
      behaving({ type: "slow", prefillTokensPerSecond: 1_000, tokensPerSecond: 100 }, { clock: slow }),
    );
    const prompt = "user: Well?\nassistant: ".length;
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(prompt + 10 * ANSWER.length, 6);
  });

  test("lies shows the good model's card, and its answers, usage and probabilities are not those", async () => {
    const good = behaving({ type: "perfect" });
    const liar = behaving({ type: "lying", answer: () => "No idea." });
    expect(await liar.card()).toEqual(await good.card());
    expect(await answerOf(liar)).toEqual({ text: "No idea.", completionTokens: 16 });
    const [told, true_] = [await scoreOf(liar), await scoreOf(good)];
    const apart = told.filter(({ logprob }, n) => Math.abs(logprob - true_[n]!.logprob) > 0.05);
    expect(apart.length).toBeGreaterThan(told.length / 2);
  });

  test("crashes fails as infra after so many chunks, and loading brings it back", async () => {
    const model = behaving({ type: "crashing", afterChunks: 2 });
    const failure = await rejection(answerOf(model));
    expect(failure).toMatchObject({ code: "unavailable", owner: "infra", retryable: true });
    expect(model.status).toBe("failed");
    await model.load();
    expect(model.status).toBe("ready");
  });

  test("refuses does so before anything else", async () => {
    expect((await rejection(answerOf(behaving({ type: "refusing" })))).code).toBe("refused");
  });
});

test("models of other seeds have other weights and other probabilities", async () => {
  const [one, two] = [behaving({ type: "perfect" }), behaving({ type: "perfect" }, { seed: 6 })];
  expect((await one.card()).weights).not.toBe((await two.card()).weights);
  expect(await scoreOf(one)).not.toEqual(await scoreOf(two));
});
