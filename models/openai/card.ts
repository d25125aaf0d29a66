/** The card of a model that is served elsewhere: what its operator says of it, since nobody can look. */
import type { ModelCard } from "../../protocol/model.ts";
import { DIALECTS, type Dialect } from "./dialect.ts";

type Told = Omit<ModelCard, "id" | "contextLength" | "backend" | "can">;
export type ServedModel = Pick<ModelCard, "id" | "contextLength"> & {
  [Field in keyof Told]?: Told[Field] | undefined;
};

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
  ...said(served),
  backend: `openai (${dialect})`,
  can: { embed, score: DIALECTS[dialect].promptLogprobs, snapshot: false, tools: true },
});

/** Without what was left open. */
const said = (served: ServedModel): Pick<ModelCard, "id" | "contextLength"> & Partial<Told> =>
  Object.fromEntries(Object.entries(served).filter(([, value]) => value !== undefined)) as never;
