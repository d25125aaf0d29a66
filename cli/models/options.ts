/** Options of `bun run models`, the same for all its actions. */
import { z } from "zod";
import { Dialect } from "../../models/openai/dialect.ts";
import { ModelId } from "../../protocol/model.ts";
import { option } from "../options/options.ts";

export const ModelsOptions = z.object({
  dir: option(z.string().min(1).max(4_096).default(".orrery/models"), {
    description: "Where models are kept, a folder each.",
    placeholder: "DIR",
  }),
  precision: option(z.enum(["fast", "exact"]).default("fast"), {
    description:
      "`fast` computes in eight bits; `exact` in single precision, ten times slower: for golden tests.",
  }),
  id: option(ModelId.optional(), {
    description: "`convert`: the model's name; default the file's.",
    placeholder: "NAME",
  }),
  contextLength: option(z.coerce.number().int().min(64).max(131_072).optional(), {
    description: "`convert`: tokens of prompt and answer together, at most what the file allows.",
    placeholder: "N",
  }),
  shorterEmbeddings: option(z.boolean().default(false), {
    description:
      "`convert`: its embeddings may be cut to `dimensions`; say so of a model that was trained for it (Matryoshka).",
  }),
  device: option(z.enum(["cpu", "cuda", "webgpu"]).default("cpu"), {
    description: "`ask`: where to compute; the CPU when it does not work there.",
  }),
  maxTokens: option(z.coerce.number().int().min(1).max(100_000).default(128), {
    description: "`ask`: tokens of the answer at most.",
    placeholder: "N",
  }),
  context: option(z.string().max(4_096).optional(), {
    description: "`ask`: a text file that comes before the question.",
    placeholder: "FILE",
  }),
  against: option(z.string().min(1).max(4_096).optional(), {
    description:
      "`verify`: what is judged; a model here, a file that describes one of a server, or an address up to /v1.",
    placeholder: "NAME|FILE|URL",
  }),
  server: option(Dialect.default("openai"), {
    description: "`verify`: what kind of server has the address that is given.",
  }),
  servedAs: option(z.string().min(1).max(512).optional(), {
    description: "`verify`: the model's name at that address, when it is another one.",
    placeholder: "NAME",
  }),
  json: option(z.boolean().default(false), { description: "Print JSON and nothing else." }),
});
export type ModelsOptions = z.output<typeof ModelsOptions>;
