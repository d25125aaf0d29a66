/** The card of a model that is served elsewhere: what its operator says of it, since nobody can look. */
import type { ModelCard } from "../../protocol/model.ts";
import { DIALECTS, type Dialect } from "./dialect.ts";

export type ServedModel = Pick<ModelCard, "id" | "contextLength"> &
  Partial<Omit<ModelCard, "backend" | "can">>;

export const servedCard = (
  served: ServedModel,
  { dialect, embed }: { dialect: Dialect; embed: boolean },
): ModelCard => ({
  revision: "unknown",
  summary: "Served by an OpenAI-compatible server.",
  licence: "unknown",
  architecture: "unknown",
  parameters: null,
  weights: null,
  tokenizer: null,
  vocabulary: 0,
  dtype: "unknown",
  device: "remote",
  versions: {},
  state: { fixedBytes: 0, bytesPerToken: 0 },
  ...served,
  backend: `openai (${dialect})`,
  can: { embed, score: DIALECTS[dialect].promptLogprobs, snapshot: false, tools: true },
});
