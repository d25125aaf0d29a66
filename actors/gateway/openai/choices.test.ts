/** Several answers of one request: choices of one prompt, and prompts of one request. */
import { describe, expect, test } from "bun:test";
import { NO_USAGE } from "../../../models/answer/numbered.ts";
import type { Model } from "../../../models/model.ts";
import { createScriptedModel, type ScriptedOptions } from "../../../models/scripted/scripted.ts";
import { Failure } from "../../../protocol/failure.ts";
import type { GenerateChunk, GenerateRequest } from "../../../protocol/model.ts";
import type { Blobs } from "../../../runtime/ports/blobs.ts";
import { createSystemClock } from "../../../runtime/ports/system-clock.ts";
import { type FrontWorld, KEY, startFront } from "../../../test/openai/front-world.ts";
import { until } from "../../../test/support/until.ts";

const clock = createSystemClock();
/** Every seed garbles other words of it. */
const scripted =
  (options: Partial<ScriptedOptions> = {}) =>
  (blobs: Blobs): Model =>
    createScriptedModel({
      ...{ clock, blobs, behaviour: { type: "noisy", rate: 0.5 } },
      answer: (text) => `${text.trim()}: alpha beta gamma delta epsilon zeta eta theta iota kappa`,
      ...options,
    });
/** One that does with each request what is said here, and whose answers are counted while they are made. */
function acting(act: (request: GenerateRequest) => AsyncGenerator<GenerateChunk, void, undefined>) {
  const made = { begun: 0, open: 0 };
  async function* generate(request: GenerateRequest): AsyncGenerator<GenerateChunk, void, undefined> {
    made.begun++;
    made.open++;
    try {
      yield* act(request);
    } finally {
      made.open--;
    }
  }
  const model = (blobs: Blobs): Model =>
    Object.create(scripted()(blobs), { generate: { value: generate } }) as Model;
  return { model, made };
}
const token = (seq: number): GenerateChunk => ({ type: "tokens", seq, tokens: [1], text: "a " });

const post = (front: FrontWorld, body: object, signal?: AbortSignal) =>
  fetch(`${front.url}/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify({ model: "scripted", prompt: "Count", max_tokens: 200, seed: 7, ...body }),
    signal: signal ?? null,
  });
interface Whole {
  choices: { index: number; text: string; finish_reason: string; logprobs: Logprobs | null }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  error: { code: string; message: string; param: string };
}
interface Logprobs {
  tokens: string[];
  token_logprobs: (number | null)[];
  top_logprobs: (Record<string, number> | null)[];
  text_offset: number[];
}
const whole = async (front: FrontWorld, body: object) => (await (await post(front, body)).json()) as Whole;
const texts = ({ choices }: Whole) => choices.map(({ text }) => text);

describe("choices of one prompt", () => {
  test("differ by their seeds; the first is what would have been given alone; the prompt is counted once", async () => {
    await using front = await startFront({ model: scripted() });
    const alone = await whole(front, {});
    const all = await whole(front, { n: 4 });
    expect(all.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(new Set(texts(all)).size).toBe(4);
    expect(texts(all)[0]).toBe(texts(alone)[0]!);
    expect(texts(all)[2]).toBe(texts(await whole(front, { seed: 9 }))[0]!);
    expect(all.usage.prompt_tokens).toBe(alone.usage.prompt_tokens);
    expect(all.usage.completion_tokens).toBe(texts(all).join("").length);
    expect(all.usage.total_tokens).toBe(all.usage.prompt_tokens + all.usage.completion_tokens);
    expect(texts(await whole(front, { n: 2, seed: -1 }))).toEqual([
      ...texts(await whole(front, { seed: -1 })),
      ...texts(await whole(front, { seed: 0 })),
    ]);
  });

  test("are drawn anew where no seed is given", async () => {
    await using front = await startFront({ model: scripted() });
    const drawn = new Set<string>();
    for (let n = 0; n < 4; n++) for (const text of texts(await whole(front, { seed: null }))) drawn.add(text);
    expect(drawn.size).toBeGreaterThan(1);
  });

  test("come as one stream, each with its index and its end, and one usage of all", async () => {
    await using front = await startFront({ model: scripted() });
    const asked = { n: 3, stream: true, stream_options: { include_usage: true } };
    const said = await (await post(front, asked)).text();
    expect(said.match(/^data: \[DONE\]$/gm)).toHaveLength(1);
    const together: string[] = ["", "", ""];
    const ends: number[] = [];
    let usage: unknown;
    for (const line of said.split("\n").filter((text) => text.startsWith("data: {"))) {
      const event = JSON.parse(line.slice("data: ".length)) as Whole;
      if (event.usage) usage = event.usage;
      for (const { index, text, finish_reason: reason } of event.choices) {
        together[index] += text;
        if (reason !== null) ends.push(index);
      }
    }
    const all = await whole(front, { n: 3 });
    expect(together).toEqual(texts(all));
    expect(ends.toSorted()).toEqual([0, 1, 2]);
    expect(usage).toEqual(all.usage);
    expect(said).toMatch(/^: read 5 of 5 tokens for choice 2$/m);
  });

  test("of a conversation say who speaks in each of them", async () => {
    await using front = await startFront({ model: scripted() });
    const response = await fetch(`${front.url}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({
        ...{ model: "scripted", n: 2, stream: true },
        messages: [{ role: "user", content: "Hi" }],
      }),
    });
    const roles = [...(await response.text()).matchAll(/"index":(\d),"delta":\{"role":"assistant"/g)];
    expect(roles.map(([, index]) => index)).toEqual(["0", "1"]);
  });

  test("fail together: with a status before anything was said, in the stream after it", async () => {
    const { model, made } = acting(async function* ({ seed }) {
      if (seed === 9) await until(() => made.begun === 3, "the others have begun");
      else for (let seq = 0; ; seq++) yield token(seq);
      throw new Failure("unavailable", "choice 2 is lost");
    });
    await using front = await startFront({ model });
    const refused = await post(front, { n: 3 });
    expect([refused.status, ((await refused.json()) as Whole).error.code]).toEqual([503, "unavailable"]);
    await until(() => made.open === 0, "the other answers are ended");
    made.begun = 0;
    const broken = await post(front, { n: 3, stream: true });
    expect(broken.status).toBe(200);
    const said = await broken.text();
    expect(said).toContain('"code":"unavailable"');
    expect(said).not.toContain("[DONE]");
    await until(() => made.open === 0, "the other answers are ended");
  });

  test("are all stopped when their reader leaves, those in the stream and those that are sent whole", async () => {
    const { model, made } = acting(async function* () {
      for (let seq = 0; ; seq++) {
        yield token(seq);
        await Bun.sleep(1);
      }
    });
    await using front = await startFront({ model });
    for (const stream of [true, false]) {
      const leaving = new AbortController();
      const asked = post(front, { n: 5, stream }, leaving.signal).catch(() => undefined);
      await until(() => made.open === 5, "all of them are made");
      leaving.abort();
      await asked;
      await until(() => made.open === 0, "all of them are stopped");
    }
  });

  test("take turns in the line under one caller's name: as many as it holds, and the others after them", async () => {
    let most = 0;
    const { model, made } = acting(async function* () {
      most = Math.max(most, made.open);
      await Bun.sleep(1);
      yield token(0);
      yield { type: "end", seq: 1, finishReason: "stop", usage: NO_USAGE };
    });
    const slots = (blobs: Blobs) => Object.create(model(blobs), { slots: { value: 2 } }) as Model;
    await using front = await startFront({ model: slots, scheduler: { perCaller: 4 } });
    expect(texts(await whole(front, { n: 16 }))).toEqual(Array(16).fill("a "));
    expect([most, made.begun]).toEqual([2, 16]);
    // Where it has no room for even one of them, they are refused.
    const leaving = new AbortController();
    const held = acting(async function* () {
      await until(() => leaving.signal.aborted, "the others are refused");
      yield token(0);
    });
    const one = (blobs: Blobs) => Object.create(held.model(blobs), { slots: { value: 1 } }) as Model;
    await using full = await startFront({ model: one, scheduler: { perCaller: 1 } });
    // One is made, one waits, and the third has no place.
    const asked = [0, 1, 2].map(() => post(full, {}, leaving.signal).catch(() => undefined));
    expect((await Promise.race(asked))?.status).toBe(429);
    expect((await post(full, { n: 3 })).status).toBe(429);
    leaving.abort();
    await Promise.all(asked);
  });

  test("count as requests, each of them", async () => {
    await using front = await startFront({ model: scripted(), rate: { burst: 4, perMs: 1_000 } });
    expect((await post(front, { n: 4 })).status).toBe(200);
    const refused = await post(front, {});
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  });
});

describe("several prompts", () => {
  test("are answered each as it would be alone, in their order, times the choices of each", async () => {
    await using front = await startFront({ model: scripted() });
    const all = await whole(front, { prompt: ["One", "Two", "Three"], n: 2 });
    expect(all.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    const alone = [];
    for (const prompt of ["One", "Two", "Three"]) alone.push(await whole(front, { prompt, n: 2 }));
    expect(texts(all)).toEqual(alone.flatMap(texts));
    expect(all.usage.prompt_tokens).toBe("OneTwoThree".length);
    const ids = await whole(front, { prompt: [[79, 110, 101], [84]] });
    expect(texts(ids)[0]).toBe(texts(alone[0]!)[0]!);
  });

  test("may be more than are made at a time", async () => {
    await using front = await startFront({ model: scripted({ slots: 4 }) });
    const prompt = Array.from({ length: 60 }, (_, at) => `Number ${at}`);
    const all = await whole(front, { prompt });
    for (const [at, text] of texts(all).entries()) expect(text.length).toBeGreaterThan(`Number ${at}`.length);
    expect(all.choices).toHaveLength(60);
  });

  test.each([
    ["none", { prompt: [] }, "prompt"],
    ["texts and tokens at once", { prompt: ["a", [1]] }, "prompt"],
    ["too many", { prompt: Array(129).fill("a") }, "prompt"],
    ["too many answers of all together", { prompt: Array(20).fill("a"), n: 16 }, "n"],
    ["the best of several", { best_of: 3 }, "best_of"],
    ["an answer of no tokens", { max_tokens: 0 }, "max_tokens"],
    ["probabilities of the prompt by another name", { prompt_logprobs: 1 }, "prompt_logprobs"],
    ["the echo of what is not there", { echo: true, context: [{ sha256: "0".repeat(64), size: 1 }] }, "echo"],
  ])("are refused where they are %s", async (_, body, param) => {
    await using front = await startFront({ model: scripted() });
    expect((await whole(front, body)).error).toMatchObject({ param });
  });
});

describe("an echo", () => {
  test("repeats a text before its answer, in every choice", async () => {
    await using front = await startFront({ model: scripted() });
    const plain = await whole(front, { n: 2 });
    const echo = await whole(front, { n: 2, echo: true });
    expect(texts(echo)).toEqual(texts(plain).map((text) => `Count${text}`));
    expect(echo.usage).toEqual(plain.usage);
  });

  test("tells how probable the prompt is, token by token, and where each of them stands", async () => {
    await using front = await startFront({ model: scripted() });
    for (const prompt of ["A fox", [65, 32, 102, 111, 120]]) {
      const { choices, usage } = await whole(front, { prompt, echo: true, max_tokens: 0, logprobs: 2 });
      const [choice] = choices;
      expect([choice?.text, choice?.finish_reason]).toEqual(["A fox", "length"]);
      const { tokens, token_logprobs: own, top_logprobs: top, text_offset: at } = choice!.logprobs!;
      expect(tokens).toEqual(["A", " ", "f", "o", "x"]);
      expect([own[0], top[0]]).toEqual([null, null]);
      for (const [n, logprob] of own.slice(1).entries()) {
        expect(logprob).toBeLessThan(0);
        expect(top[n + 1]?.[tokens[n + 1]!]).toBe(logprob!);
        expect(Object.keys(top[n + 1]!)).toHaveLength(2);
      }
      expect(at).toEqual([0, 1, 2, 3, 4]);
      expect(usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 0, total_tokens: 5 });
    }
  });

  test("goes on with the answer's own, in a stream too, and is made once for all choices", async () => {
    let scored = 0;
    const model = (blobs: Blobs): Model => {
      const inner = scripted()(blobs);
      const score: Model["score"] = (...asked) => {
        scored++;
        return inner.score(...asked);
      };
      return Object.create(inner, { score: { value: score } }) as Model;
    };
    await using front = await startFront({ model });
    const asked = { echo: true, max_tokens: 5, logprobs: 1, n: 3 };
    const { choices } = await whole(front, asked);
    expect(scored).toBe(1);
    for (const { text, logprobs } of choices) {
      expect(logprobs?.tokens.join("")).toBe(text);
      expect(logprobs?.text_offset).toEqual([...text].map((_, at) => at));
    }
    const streamed = await (await post(front, { ...asked, stream: true })).text();
    expect(streamed.match(/"token_logprobs":\[null,/g)).toHaveLength(3);
  });

  test("of a long prompt is put together from parts, and of one token has no probability at all", async () => {
    await using front = await startFront({ model: scripted() });
    const long = "word ".repeat(3_000);
    const parts = await whole(front, { prompt: long, echo: true, max_tokens: 0, logprobs: 1 });
    expect(parts.choices[0]?.logprobs?.tokens.join("")).toBe(long);
    expect(parts.usage.prompt_tokens).toBe(long.length);
    const lone = await whole(front, { prompt: "a", echo: true, max_tokens: 0, logprobs: 1 });
    expect(lone.choices[0]?.logprobs).toEqual({
      ...{ tokens: ["a"], token_logprobs: [null], top_logprobs: [null], text_offset: [0] },
    });
    const tooLong = await whole(front, { prompt: long.repeat(9), echo: true, max_tokens: 0, logprobs: 20 });
    expect(tooLong.error).toMatchObject({ param: "logprobs", code: "context_length_exceeded" });
  });

  test("is refused by name where the model cannot tell probabilities of a prompt", async () => {
    const model = (blobs: Blobs): Model => {
      const inner = scripted()(blobs);
      const card = async () => {
        const own = await inner.card();
        return { ...own, can: { ...own.can, score: false } };
      };
      return Object.create(inner, { card: { value: card } }) as Model;
    };
    await using front = await startFront({ model });
    expect((await whole(front, { echo: true, logprobs: 1 })).error).toMatchObject({
      ...{ param: "echo", code: "unsupported" },
    });
    expect(texts(await whole(front, { echo: true }))[0]).toStartWith("Count");
  });
});
