/** `/v1/embeddings`: many inputs in groups that fit into a message each, their vectors as clients want them. */
import { INLINE_LIMIT } from "../../../protocol/blob.ts";
import { Failure } from "../../../protocol/failure.ts";
import {
  type EmbedInput,
  type EmbedRequest,
  type EmbedResult,
  MAX_VECTOR_NUMBERS,
  type ModelCard,
  TOKENS_MEDIA_TYPE,
} from "../../../protocol/model.ts";
import type { Blobs } from "../../../runtime/ports/blobs.ts";
import { contentOf, type Prompt, promptsOf } from "./model-request.ts";
import type { EmbeddingRequest } from "./schemas.ts";

export interface EmbeddingsOptions {
  /** Of the model that is asked; undefined when nobody serves it. */
  card: ModelCard | undefined;
  blobs: Blobs;
  embed: (request: EmbedRequest) => Promise<EmbedResult>;
}

/** Numbers of one answer: vectors of 2,048 for as many inputs. */
const MOST_NUMBERS = 4_194_304;
/** Of a vector, where a card does not tell. */
const LIKELY_DIMENSIONS = 4_096;
/** In a message, as JSON. */
const CHARS_OF_TOKEN = 8;
const MOST_INPUTS = 256;

/** The body of the answer. Fails as the model does; one input that fails fails all. */
export async function embeddings(body: EmbeddingRequest, options: EmbeddingsOptions): Promise<unknown> {
  const { model } = body;
  const inputs = promptsOf(body.input);
  const dimensions = body.dimensions ?? undefined;
  const size = dimensions ?? options.card?.embedding?.dimensions ?? LIKELY_DIMENSIONS;
  if (inputs.length * size > MOST_NUMBERS) {
    throw new Failure("malformed", "input: the vectors of so many inputs are too large for one answer", {
      meta: { param: "input" },
      hint: `Send at most ${Math.floor(MOST_NUMBERS / size)} inputs at a time.`,
    });
  }
  const group = Math.max(1, Math.min(MOST_INPUTS, Math.floor(MAX_VECTOR_NUMBERS / size)));
  const vectors: number[][] = [];
  let tokens = 0;
  for (let from = 0; from < inputs.length; from += group) {
    const inline = { left: INLINE_LIMIT };
    const sent: EmbedInput[] = [];
    for (const input of inputs.slice(from, from + group))
      sent.push(await travelling(input, options.blobs, inline));
    const { vectors: made, usage } = await options.embed({
      ...{ model, inputs: sent },
      ...(dimensions === undefined ? {} : { dimensions }),
    });
    if (made.length !== sent.length)
      throw new Failure("provider", "the model gave another number of vectors than it was asked for");
    vectors.push(...made);
    tokens += usage.promptTokens;
  }
  const data = vectors.map((vector, index) => ({
    object: "embedding",
    index,
    embedding: body.encoding_format === "base64" ? base64Of(vector) : vector,
  }));
  return { object: "list", model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

async function travelling(input: Prompt, blobs: Blobs, inline: { left: number }): Promise<EmbedInput> {
  if (typeof input === "string") return await contentOf(input, blobs, inline);
  const chars = input.length * CHARS_OF_TOKEN;
  if (chars <= inline.left) {
    inline.left -= chars;
    return { type: "tokens", tokens: [...input] };
  }
  const bytes = new Uint8Array(Uint32Array.from(input).buffer);
  return [{ type: "text-ref", blob: await blobs.put(bytes, { mediaType: TOKENS_MEDIA_TYPE }) }];
}

/** 32-bit floats, little-endian: what the official clients ask for unless they are told otherwise. */
const base64Of = (vector: readonly number[]): string =>
  Buffer.from(Float32Array.from(vector).buffer).toString("base64");
