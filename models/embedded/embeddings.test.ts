/** Embeddings beside llama.cpp's own of the same file, over its real server, and beside an independent forward pass. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createHttp } from "../../runtime/ports/http.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { embeddedModel, exactSmollm } from "../../test/provision/embedded-models.ts";
import {
  LLAMA_MODEL,
  type LlamaServer,
  llamaServerMissing,
  startLlamaServer,
} from "../../test/support/llama-server.ts";
import { rejection } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { tinyModel } from "../../test/support/tiny-model.ts";
import golden from "../golden/smollm2.json" with { type: "json" };
import type { Model } from "../model.ts";
import { openOnnxModel } from "../onnx/onnx-model.ts";
import { createOpenAiModel } from "../openai/openai.ts";
import { type TinyArchitecture, tinyGguf } from "./tiny-gguf.fixture.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const clock = createSystemClock();
const KEY = "sk-test-embed";
const [fast, exact] = [await embeddedModel("smollm2"), await exactSmollm()];
const missing = (await llamaServerMissing()) ?? fast.missing ?? exact.missing;

/** Of vectors of length 1. */
const cosine = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0);
const text = (each: string) => [{ type: "text" as const, text: each }];
const TEXTS = ["The fox met the hedgehog.", "x", golden.paragraph.text, "½ 中文 🦔 def f(x): return x**2"];

async function vectorsOf(folder: string | undefined, id: string, texts = TEXTS): Promise<number[][]> {
  const model = await openOnnxModel({ folder: folder ?? "", clock, blobs: createMemoryBlobs() });
  try {
    return (await model.embed!({ model: id, inputs: texts.map(text) })).vectors;
  } finally {
    await model.unload();
  }
}

const behind = (server: LlamaServer): Model =>
  createOpenAiModel({
    ...{ clock, blobs: createMemoryBlobs(), rng: createSystemRng(), http: createHttp() },
    baseUrl: server.baseUrl,
    apiKey: () => KEY,
    dialect: "llama.cpp",
    model: { id: LLAMA_MODEL, contextLength: 512 },
    embed: true,
  });

describe.skipIf(missing !== undefined)("SmolLM2's embeddings", () => {
  let theirs: number[][];
  beforeAll(async () => {
    await using server = await startLlamaServer({ apiKey: KEY, embeds: true });
    const model = behind(server);
    theirs = (await model.embed!({ model: LLAMA_MODEL, inputs: TEXTS.map(text) })).vectors;
  }, 60_000);

  test("as stored are an independent forward pass's", async () => {
    const [vector = []] = await vectorsOf(exact.path, "smollm2", [golden.paragraph.text]);
    expect(vector).toHaveLength(golden.embedding.length);
    const apart = vector.map((value, at) => Math.abs(value - golden.embedding[at]!));
    expect(Math.max(...apart)).toBeLessThan(1e-6);
  }, 60_000);

  // llama.cpp rounds activations to eight bits, as our fast way does: the least cosine seen was 0.9995, either way.
  test.each([
    ["as stored", exact.path, 0.999],
    ["in eight bits", fast.path, 0.999],
  ])(
    "%s are those of llama.cpp's server",
    async (_, folder, least) => {
      const ours = await vectorsOf(folder, "smollm2");
      for (const [at, vector] of ours.entries()) {
        expect(cosine(vector, vector)).toBeCloseTo(1, 6);

        expect(cosine(vector, theirs[at]!)).toBeGreaterThan(least);
      }
      // The bound means something: other texts are further away than that.
      expect(cosine(ours[0]!, theirs[1]!)).toBeLessThan(0.95);
    },
    60_000,
  );
});

describe.skipIf(missing !== undefined)("a file that says how it embeds", () => {
  test.each([
    ["last", "qwen3", 3],
    ["cls", "llama", 2],
    ["mean", "llama", 1],
  ] as const)(
    "pools by %s, with its end-of-text token, as llama.cpp does",
    async (pooling, architecture, told) => {
      const gguf = join(temp.path, `${pooling}.gguf`);
      const made = { architecture: architecture satisfies TinyArchitecture, pooling: told };
      await Bun.write(gguf, tinyGguf({ ...made, untied: architecture === "qwen3" }));
      await using server = await startLlamaServer({ apiKey: KEY, gguf, embeds: true });
      const inputs = [
        text("the in the err"),
        text("a"),
        { type: "tokens" as const, tokens: [1, 11, 35, 73] },
      ];
      const theirs = await behind(server).embed!({ model: LLAMA_MODEL, inputs: inputs.slice(0, 2) });
      const theirTokens = await behind(server).embed!({ model: LLAMA_MODEL, inputs: inputs.slice(2) });
      for (const [precision, least] of [
        ["exact", 0.99999],
        ["fast", 0.999],
      ] as const) {
        const folder = await tinyModel({ parent: temp.path, ...made, precision });
        const model = await openOnnxModel({ folder, clock, blobs: createMemoryBlobs() });
        expect((await model.card()).embedding).toEqual({ dimensions: 64, pooling, shortens: false });
        const ours = await model.embed!({ model: "tiny", inputs });
        await model.unload();
        expect(ours.usage.promptTokens).toBe(theirs.usage.promptTokens + theirTokens.usage.promptTokens);
        for (const [at, vector] of [...theirs.vectors, ...theirTokens.vectors].entries()) {
          expect(cosine(ours.vectors[at]!, vector)).toBeGreaterThan(least);
        }
      }
    },
    60_000,
  );

  test("texts and tokens in one request are refused where a server takes one kind at a time", async () => {
    await using server = await startLlamaServer({ apiKey: KEY, embeds: true });
    const inputs = [text("a"), { type: "tokens" as const, tokens: [1] }];
    const failure = await rejection(behind(server).embed!({ model: LLAMA_MODEL, inputs }));
    expect(failure.code).toBe("refused");
  }, 60_000);
});
