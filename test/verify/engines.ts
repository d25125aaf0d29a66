/** Engines that compute the same weights in their own ways: each opened on a GGUF file, one at a time. */
import { join } from "node:path";
import { convertGguf } from "../../models/embedded/convert.ts";
import type { Model } from "../../models/model.ts";
import { openOnnxModel } from "../../models/onnx/onnx-model.ts";
import { createOpenAiModel } from "../../models/openai/openai.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { startLlamaServer } from "../support/llama-server.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { startVllm } from "../vllm/server.ts";
import { vllmModel } from "../vllm/vllm-model.ts";
import { MODEL } from "./trials.ts";

export interface OpenEngine extends AsyncDisposable {
  model: Model;
}

export interface Engine {
  /** It tells the probabilities of a given text, so a validator can use it. */
  scores: boolean;
  /** Answers that it works on at the same time. */
  slots: number;
  open(gguf: Uint8Array, report: (line: string) => void): Promise<OpenEngine>;
}

const clock = createSystemClock();

const onnx = (precision: "fast" | "exact", slots: number): Engine => ({
  scores: true,
  slots,
  async open(bytes) {
    const work = tempFolder();
    const folder = join(work.path, MODEL);
    await convertGguf({ bytes, name: MODEL, folder, id: MODEL, precision });
    const model = await openOnnxModel({ folder, clock, blobs: createMemoryBlobs() });
    return {
      model,
      async [Symbol.asyncDispose]() {
        await model.unload();
        work[Symbol.dispose]();
      },
    };
  },
});

/** It reads its weights once for all of them. */
const BATCH = 12;

const vllm = (dtype: "float32" | "bfloat16"): Engine => ({
  scores: true,
  slots: BATCH,
  async open(gguf, report) {
    const server = await startVllm({ gguf, dtype, queue: 2 * BATCH, report });
    const model = vllmModel(`${server.url}/v1`, { slots: BATCH });
    return { model, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
});

const llama: Engine = {
  scores: false,
  slots: 2,
  async open(bytes) {
    const work = tempFolder();
    const gguf = join(work.path, "model.gguf");
    await Bun.write(gguf, bytes);
    const server = await startLlamaServer({ apiKey: "sk-inner", gguf });
    const model = createOpenAiModel({
      ...{ clock, blobs: createMemoryBlobs(), rng: createSystemRng(), http: createHttp() },
      ...{ baseUrl: server.baseUrl, apiKey: () => "sk-inner", dialect: "llama.cpp", slots: 2 },
      model: { id: MODEL, contextLength: 2_048 },
    });
    return {
      model,
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        work[Symbol.dispose]();
      },
    };
  },
};

export const ENGINES = {
  "onnx q8/int8": onnx("fast", 4),
  "onnx f32": onnx("exact", 1),
  "llama.cpp q4_1": llama,
  "vllm f32": vllm("float32"),
  "vllm bf16": vllm("bfloat16"),
} as const satisfies Record<string, Engine>;
export type EngineName = keyof typeof ENGINES;
