/** A prompt goes on from what another one has read, and nothing in its answer tells. */
import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { GenerateRequest, ModelSnapshot } from "../../protocol/model.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { tinyModel } from "../../test/support/tiny-model.ts";
import type { Model } from "../model.ts";
import { answer, ask, PROMPT, ROUTES, using } from "./asked.fixture.ts";
import { type OnnxOptions, openOnnxModel } from "./onnx-model.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const clock = createSystemClock();
const folder = await tinyModel({ parent: temp.path });
const open = (changes: Partial<OnnxOptions> = {}) =>
  openOnnxModel({ folder, clock, blobs: createMemoryBlobs(), threads: 1, ...changes });

const EVERY_WAY = ROUTES.flatMap((route) =>
  (["fast", "exact"] as const).map((precision) => [route.runtime, precision, route] as const),
);

describe.each(EVERY_WAY)("what was read before, by %s, %s", async (runtime, precision, route) => {
  const own = await tinyModel({ parent: join(temp.path, "before", runtime), precision });
  const says = (text: string, changes: Record<string, unknown> = {}) =>
    ask({
      input: { type: "prompt", prompt: [{ type: "text", text }] },
      sampling: { ignoreEnd: true, logprobs: 3 },
      ...changes,
    });

  /** The answer with its probabilities: what one bit more or less would change. */
  async function told(model: Model, request: GenerateRequest, space?: string) {
    const logprobs: unknown[] = [];
    for await (const chunk of model.generate(request, { space })) {
      if (chunk.type === "tokens") logprobs.push(...(chunk.logprobs ?? []));
      if (chunk.type === "end") return { logprobs, usage: chunk.usage };
    }
    throw new Error("no end");
  }

  let spaces = 0;
  /** As if nothing had been read: in a space of its own. */
  async function anew(model: Model, request: GenerateRequest) {
    const { logprobs, usage } = await told(model, request, `space ${spaces++}`);
    expect(usage.cachedTokens).toBe(0);
    return logprobs;
  }

  test("is not read again, and the answer has the same bits", async () => {
    const turns = [3, 5, 7]
      .map((times) => PROMPT.repeat(times))
      .concat(`${PROMPT.repeat(6)} But no hedgehog.`);
    await using(await open({ folder: own, routes: [route], slots: 2 }), async (model) => {
      const cached: number[] = [];
      for (const turn of turns) {
        const { usage, logprobs } = await told(model, says(turn));
        expect(logprobs).toEqual(await anew(model, says(turn)));
        cached.push(usage.cachedTokens / usage.promptTokens);
      }
      expect(cached[0]).toBe(0);
      for (const share of cached.slice(1)) expect(share).toBeGreaterThan(0.4);
      expect((await told(model, says(turns[3]!))).usage.cachedTokens).toBeGreaterThan(200);
    });
  });

  test("is shared by those who ask at the same time, and each has the bits it has alone", async () => {
    const texts = [0, 1, 2].map((n) => `${PROMPT.repeat(5)} ${n}`);
    await using(await open({ folder: own, routes: [route] }), async (model) => {
      const alone = [];
      for (const text of texts) alone.push(await anew(model, says(text)));
      const answers = await Promise.all(texts.map((text) => told(model, says(text))));
      expect(answers.map(({ logprobs }) => logprobs)).toEqual(alone);
      const read = answers.reduce((sum, { usage }) => sum + usage.promptTokens - usage.cachedTokens, 0);
      // The public API gives the next one its turn before it has read a chunk: two may read the same one.
      expect(read).toBeLessThan((runtime === "c-api" ? 1.5 : 2.5) * answers[0]!.usage.promptTokens);
    });
  });
});

describe("what was read before", () => {
  const long = PROMPT.repeat(5);
  const says = (text: string, changes: Record<string, unknown> = {}) =>
    ask({ input: { type: "prompt", prompt: [{ type: "text", text }] }, ...changes });
  const cachedTokens = async (model: Model, request: GenerateRequest, space?: string) => {
    for await (const chunk of model.generate(request, { space })) {
      if (chunk.type === "end") return chunk.usage.cachedTokens;
    }
    throw new Error("no end");
  };

  test("is nothing to those of another space", async () => {
    await using(await open(), async (model) => {
      expect(await cachedTokens(model, says(long), "alice")).toBe(0);
      expect(await cachedTokens(model, says(long), "bob")).toBe(0);
      expect(await cachedTokens(model, says(long))).toBe(0);
      expect(await cachedTokens(model, says(long), "alice")).toBeGreaterThanOrEqual(256);
    });
  });

  test("is nothing to a text that is scored or embedded, and outlives both", async () => {
    await using(await open({ slots: 1 }), async (model) => {
      const { input } = says(long);
      const scored = { model: "tiny", context: [], input, top: 0 };
      const inputs = [[{ type: "text" as const, text: long }]];
      const before = [await model.score(scored), await model.embed!({ model: "tiny", inputs })];
      await answer(model, says(long));
      const after = [await model.score(scored), await model.embed!({ model: "tiny", inputs })];
      for (const { usage } of after) expect(usage.cachedTokens).toBe(0);
      const told = (all: typeof before) => all.map((each) => ({ ...each, usage: undefined }));
      expect(told(after)).toEqual(told(before));
      expect(await cachedTokens(model, says(long))).toBeGreaterThanOrEqual(256);
    });
  });

  test("of a prompt that was given up is not read again", async () => {
    await using(await open({ slots: 1 }), async (model) => {
      const tokens = Array.from({ length: 480 }, (_, at) => 3 + (at % 200));
      const request = ask({ input: { type: "tokens", tokens } });
      for await (const chunk of model.generate(request)) if (chunk.type === "prefill") break;
      const { usage } = await answer(model, request);
      expect(usage.cachedTokens).toBeGreaterThanOrEqual(128);
      expect(usage.cachedTokens).toBeLessThan(480);
    });
  });

  test("goes with the process, and with the model", async () => {
    await using(await open(), async (model) => {
      await answer(model, says(long));
      await model.unload();
      expect((await answer(model, says(long))).usage.cachedTokens).toBe(0);
    });
  });

  test("leaves a snapshot as it is, and a snapshot leaves it", async () => {
    await using(await open({ slots: 1 }), async (model) => {
      const expected = (await answer(model, says(`${long} Then the owl spoke.`))).tokens;
      const read = says(long, { limits: { maxTokens: 0 }, snapshot: true });
      const states: ModelSnapshot[] = [];
      for (let n = 0; n < 2; n++) {
        for await (const chunk of model.generate(read)) {
          if (chunk.type === "end") states.push(chunk.snapshot!);
        }
      }
      // The first one, too, was made from what the answer before it had read.
      expect(states[1]).toEqual(states[0]!);
      const resumed = await answer(model, says(" Then the owl spoke.", { resume: states[0] }));
      expect(resumed.usage.cachedTokens).toBe(states[0]!.tokens);
      expect(expected).toHaveLength(16);
      expect(await cachedTokens(model, says(`${long} Then the owl spoke.`))).toBeGreaterThanOrEqual(256);
    });
  });

  test("counts for nothing when it is asked whether there is time to read", async () => {
    await using(await open({ slots: 1 }), async (model) => {
      const tokens = Array.from({ length: 480 }, (_, at) => 3 + (at % 200));
      const request = ask({ input: { type: "tokens", tokens }, limits: { maxTokens: 1 } });
      const { prefillMs } = (await answer(model, request)).usage;
      const outcome = (asked: GenerateRequest) =>
        Array.fromAsync(model.generate(asked, { deadline: clock.now() + prefillMs / 2 })).then(
          () => "answered",
          (thrown) => thrown.code,
        );
      expect(await outcome(request)).not.toBe("refused");
      const unread = ask({ input: { type: "tokens", tokens: tokens.toReversed() } });
      expect(await outcome(unread)).toBeOneOf(["refused", "timeout"]);
    });
  });
});
