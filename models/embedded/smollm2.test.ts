/**
 * The real model against an independent forward pass in numpy and against llama.cpp, both written down in
 * `models/golden/smollm2.json` with the script that made it.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { GenerateRequest } from "../../protocol/model.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { embeddedModel, exactSmollm } from "../../test/provision/embedded-models.ts";
import golden from "../golden/smollm2.json" with { type: "json" };
import type { Model } from "../model.ts";
import { Batch } from "../onnx/batch.ts";
import { openCSession } from "../onnx/c-api/session.ts";
import { mostProbable } from "../onnx/child/sampler.ts";
import { ortLibrary } from "../onnx/library.ts";
import { openOnnxModel } from "../onnx/onnx-model.ts";
import { Sequence } from "../onnx/sequence.ts";

// Single precision takes seconds, and on a machine that has other things to do many of them.
setDefaultTimeout(60_000);
const [fast, exact] = [await embeddedModel("smollm2"), await exactSmollm()];
const missing = fast.missing ?? exact.missing;
const opened: Model[] = [];
afterAll(async () => {
  for (const model of opened) await model.unload();
});

async function open(folder: string | undefined): Promise<Model> {
  const model = await openOnnxModel({
    folder: folder ?? "",
    clock: createSystemClock(),
    blobs: createMemoryBlobs(),
  });
  opened.push(model);
  return model;
}

const ask = (question: string, changes: Record<string, unknown>) =>
  GenerateRequest.parse({
    model: "smollm2",
    input: { type: "messages", messages: [{ role: "user", content: [{ type: "text", text: question }] }] },
    ...changes,
  });

const { paragraph } = golden;
const perplexity = (logprobs: readonly number[]) =>
  Math.exp(-logprobs.reduce((sum, each) => sum + each, 0) / logprobs.length);
const textInput = (text: string) => ({ type: "prompt" as const, prompt: [{ type: "text" as const, text }] });

async function logprobs(model: Model): Promise<number[]> {
  const request = { model: "smollm2", context: [], input: textInput(paragraph.text), top: 0 };
  return (await model.score(request)).scores.map(({ logprob }) => logprob);
}

describe.skipIf(missing !== undefined)("SmolLM2, as stored and in single precision", async () => {
  const model = missing === undefined ? await open(exact.path) : undefined;

  test.each(golden.prompts)(
    "greedily says what numpy says: $question",
    async ({ question, tokens, greedy }) => {
      // The longest answer takes a quarter of a minute at this precision; its beginning tells as much.
      const expected = greedy.slice(0, 16);
      const given: number[] = [];
      const request = ask(question, {
        limits: { maxTokens: expected.length },
        sampling: { ignoreEnd: true },
      });
      for await (const chunk of model!.generate(request)) {
        if (chunk.type === "tokens") given.push(...chunk.tokens);
        if (chunk.type === "end") expect(chunk.usage.promptTokens).toBe(tokens.length);
      }
      expect(given).toEqual(expected);
    },
  );

  test.skipIf(process.platform !== "linux")(
    "says the same where the three take their steps together",
    async () => {
      const graph = join(exact.path!, "graph.onnx");
      const options = { graph, threads: 2, spin: false, device: "cpu" as const, library: ortLibrary() };
      const session = openCSession(options);
      const rows = golden.prompts.length;
      const batch = new Batch(session, { capacity: 256, rows, weightBytes: 0 });
      const given = new Map<Sequence, number[]>();
      for (const [row, sequence] of batch.sequences.entries()) {
        const { tokens } = golden.prompts[row]!;
        const [logits] = await sequence.feed(Uint32Array.from(tokens), [tokens.length - 1]);
        given.set(sequence, [mostProbable(logits!)]);
      }
      for (let step = 1; step < 8; step++) {
        const last = [...given].map(([sequence, tokens]) => [sequence, tokens.at(-1)!] as const);
        for (const [sequence, logits] of await batch.step(new Map(last)))
          given.get(sequence)!.push(mostProbable(logits));
      }
      expect([...given.values()]).toEqual(golden.prompts.map(({ greedy }) => greedy.slice(0, 8)));
      batch.close();
      await session.close();
    },
  );

  test.skipIf(process.platform !== "linux")(
    "says the same whether its steps read the cache in blocks or by ONNX Runtime's attention",
    async () => {
      const graph = join(exact.path!, "graph.onnx");
      const options = { graph, threads: 2, spin: false, device: "cpu" as const, library: ortLibrary() };
      const never = Number.POSITIVE_INFINITY;
      const ways = [256, never].map((alone) => openCSession({ ...options, deep: { alone, inRows: never } }));
      const prompt = Uint32Array.from([
        ...golden.prompts[0]!.tokens,
        ...paragraph.tokens,
        ...paragraph.tokens,
      ]);
      const [blocks, ordinary] = ways.map((session) => new Sequence(session, 512)) as [Sequence, Sequence];
      let [logits] = await blocks.feed(prompt, [prompt.length - 1]);
      ordinary.put(blocks.take(), blocks.position);
      for (let step = 0; step < 8; step++) {
        const token = Uint32Array.of(mostProbable(logits!));
        [logits] = await blocks.feed(token, [0]);
        const [expected] = await ordinary.feed(token, [0]);
        expect(mostProbable(logits!)).toBe(mostProbable(expected!));
        expect(Math.max(...logits!.map((value, at) => Math.abs(value - expected![at]!)))).toBeLessThan(1e-3);
      }
      expect(blocks.position).toBeGreaterThan(256 + 128);
      for (const sequence of [blocks, ordinary]) sequence.close();
      for (const session of ways) await session.close();
    },
  );

  test("finds every token of a paragraph as probable as numpy does", async () => {
    const found = await logprobs(model!);
    const apart = found.map((each, at) => Math.abs(each - paragraph.numpy[at]!));
    expect(found).toHaveLength(paragraph.numpy.length);
    expect(Math.max(...apart)).toBeLessThan(0.002);
    expect(perplexity(found)).toBeCloseTo(perplexity(paragraph.numpy), 3);
  });
});

describe.skipIf(missing !== undefined)("SmolLM2, in eight bits", async () => {
  const model = missing === undefined ? await open(fast.path) : undefined;

  test("has a perplexity within 1 % of numpy's, and of llama.cpp's on the same weights", async () => {
    const found = perplexity(await logprobs(model!));
    for (const of of [paragraph.numpy, paragraph.llamaCpp]) {
      expect(Math.abs(found / perplexity(of) - 1)).toBeLessThan(0.01);
    }
  });

  test("ends its answer by itself, without the marker in the text", async () => {
    let text = "";
    let reason = "";
    for await (const chunk of model!.generate(ask("Say hello.", { limits: { maxTokens: 200 } }))) {
      if (chunk.type === "tokens") text += chunk.text;
      if (chunk.type === "end") reason = chunk.finishReason;
    }
    expect(reason).toBe("stop");
    expect(text).not.toContain("<|");
  });

  test("makes the tokens that llama.cpp makes, of blanks, digits, scripts, emoji, code and what looks like markers", async () => {
    for (const { text, plain } of golden.strings) {
      if (text === "") continue;
      const { tokens } = await model!.tokenize({ model: "smollm2", context: [], input: textInput(text) });
      expect({ text, tokens }).toEqual({ text, tokens: { type: "inline", tokens: plain } });
    }
  });

  test("reads a conversation as its template puts it together", async () => {
    for (const { question, tokens } of golden.prompts) {
      const { input } = ask(question, {});
      const found = await model!.tokenize({ model: "smollm2", context: [], input });
      expect(found.tokens).toEqual({ type: "inline", tokens });
    }
  });
});
