/** Our back end in front of a vLLM server. */
import { createOpenAiModel, type OpenAiOptions } from "../../models/openai/openai.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { VLLM_CONTEXT, VLLM_MODEL } from "./checks.ts";

export const VLLM_KEY = "sk-inner";
const clock = createSystemClock();

/** Asked once for each thing, so that what a check sees is what the server said. */
export const vllmModel = (
  baseUrl: string,
  changes: Partial<OpenAiOptions> = {},
  blobs: Blobs = createMemoryBlobs(),
) =>
  createOpenAiModel({
    ...{ clock, blobs, rng: createSystemRng(), http: createHttp(), baseUrl },
    apiKey: () => VLLM_KEY,
    dialect: "vllm",
    model: { id: VLLM_MODEL, contextLength: VLLM_CONTEXT },
    slots: 2,
    attempts: 1,
    ...changes,
  });
