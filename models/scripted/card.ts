/** The card of a model that is only a function: it says so, except that a liar's card is that of the model it claims to be. */
import type { ModelCard, ModelId } from "../../protocol/model.ts";
import { EMBEDDING_DIMENSIONS } from "./embedding.ts";

const VERSION = "1";

export const scriptedCard = (options: { id: ModelId; seed: number; contextLength: number }): ModelCard => ({
  id: options.id,
  revision: VERSION,
  summary: "Scripted: no weights, answers from a function. For simulation and tests.",
  licence: "MIT",
  architecture: "scripted",
  parameters: 0,
  weights: sha256(`scripted ${options.seed}`),
  tokenizer: sha256("bytes"),
  vocabulary: 256,
  contextLength: options.contextLength,
  dtype: "none",
  device: "none",
  backend: "scripted",
  versions: { scripted: VERSION },
  state: { fixedBytes: 0, bytesPerToken: 1 },
  can: { embed: true, score: true, snapshot: true, tools: false },
  embedding: { dimensions: EMBEDDING_DIMENSIONS, pooling: "mean", shortens: true },
});

const sha256 = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");
