/** The official clients of the OpenAI API against the gateway's front, over every back end of models. */
import { openOnnxModel } from "../../models/onnx/onnx-model.ts";
import { createOpenAiModel } from "../../models/openai/openai.ts";
import { createScriptedModel } from "../../models/scripted/scripted.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { embeddedModel } from "../provision/embedded-models.ts";
import { LLAMA_MODEL, llamaServerMissing, startLlamaServer } from "../support/llama-server.ts";
import { type BackEnd, frontConformance } from "./front-conformance.ts";
import type { Abilities } from "./python-client.ts";

const clock = createSystemClock();

const NO_EMBEDDINGS = { embed: false, score: false, embedsOnly: false, shortens: false, manyInputs: 200 };

const llamaMissing = await llamaServerMissing();
const smollm2 = await embeddedModel("smollm2");

/** llama.cpp's own server, which either answers or embeds. */
function behindLlama(can: Omit<Abilities, "tooManyWords">, missing: string | undefined): BackEnd {
  const embeds = can.embed;
  return {
    id: LLAMA_MODEL,
    missing,
    can: { ...can, tooManyWords: 5_000 },
    async open() {
      const server = await startLlamaServer({ apiKey: "sk-inner", embeds });
      return {
        model: (blobs) =>
          createOpenAiModel({
            ...{ clock, blobs, rng: createSystemRng(), http: createHttp() },
            baseUrl: server.baseUrl,
            apiKey: () => "sk-inner",
            dialect: "llama.cpp",
            model: { id: LLAMA_MODEL, contextLength: 2_048 },
            embed: embeds,
            slots: 2,
          }),
        close: async () => server[Symbol.asyncDispose](),
      };
    },
  };
}

const BACK_ENDS: Record<string, BackEnd> = {
  onnx: {
    id: "smollm2",
    missing: smollm2.missing,
    can: { ...NO_EMBEDDINGS, embed: true, score: true, tools: false, tooManyWords: 9_000 },
    async open() {
      return { model: (blobs) => openOnnxModel({ folder: smollm2.path ?? "", clock, blobs }) };
    },
  },
  scripted: {
    id: "scripted",
    missing: undefined,
    can: {
      ...NO_EMBEDDINGS,
      embed: true,
      shortens: true,
      manyInputs: 2_048,
      score: true,
      tools: false,
      tooManyWords: 400,
    },
    async open() {
      const answer = () => "Hello, orrery: how do your planets turn today?";
      return { model: (blobs) => createScriptedModel({ clock, blobs, answer, contextLength: 1_500 }) };
    },
  },
  "llama.cpp's server": behindLlama({ ...NO_EMBEDDINGS, tools: true }, llamaMissing),
  "llama.cpp's server for embeddings": behindLlama(
    { ...NO_EMBEDDINGS, embed: true, embedsOnly: true, manyInputs: 40, tools: false },
    llamaMissing,
  ),
};

for (const [name, backEnd] of Object.entries(BACK_ENDS)) frontConformance(name, backEnd);
