/** Which models a node serves: embedded ones by name, those of OpenAI-compatible servers by a file that describes them. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Model } from "../../models/model.ts";
import { Dialect } from "../../models/openai/dialect.ts";
import { createOpenAiModel } from "../../models/openai/openai.ts";
import { Failure } from "../../protocol/failure.ts";
import { ModelCard } from "../../protocol/model.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import type { Blobs, Clock, Rng } from "../../runtime/ports/index.ts";
import { apiKeyFields, readApiKey } from "./api-key.ts";

export interface OpenModelsOptions {
  /** Names and files. */
  models: readonly string[];
  clock: Clock;
  rng: Rng;
  blobs: Blobs;
}

/** One model of a server. What nobody can look up there is said here, and goes into evidence as said. */
const Served = ModelCard.pick({ id: true, contextLength: true }).extend({
  /** Address up to and with /v1. */
  url: z.url({ protocol: /^https?$/ }).max(1_024),
  server: Dialect.default("openai"),
  servedAs: z.string().max(512).optional(),
  ...apiKeyFields,
  embed: z.boolean().default(false),
  slots: z.number().int().min(1).max(1_024).default(16),
  card: ModelCard.omit({ id: true, contextLength: true, backend: true, can: true }).partial().default({}),
});
const ModelFile = z.preprocess((json) => [json].flat(), z.array(Served).min(1).max(32));

/** Fails with `config`, naming the file and the field. */
export async function openModels(options: OpenModelsOptions): Promise<Model[]> {
  const opened: Model[] = [];
  for (const spec of options.models) opened.push(...(await openFile(spec, options)));
  const ids = await Promise.all(opened.map(async (model) => (await model.card()).id));
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) {
    throw new Failure("config", `the model ${twice} is named twice`, {
      hint: "Give each model of a node once.",
    });
  }
  return opened;
}

async function openFile(path: string, { clock, rng, blobs }: OpenModelsOptions): Promise<Model[]> {
  const served = await readModelFile(path);
  return await Promise.all(
    served.map(async ({ id, contextLength, url, server, servedAs, embed, slots, card, ...keyed }) => {
      const apiKey = await readApiKey(path, keyed);
      return createOpenAiModel({
        ...{ clock, rng, blobs, http: createHttp(), baseUrl: url, dialect: server, embed, slots },
        model: { ...card, id, contextLength },
        ...(servedAs === undefined ? {} : { servedAs }),
        ...(apiKey === undefined ? {} : { apiKey: () => apiKey }),
      });
    }),
  );
}

async function readModelFile(path: string): Promise<z.output<typeof ModelFile>> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new Failure("config", missing ? `there is no model or file ${path}` : `${path} is not JSON`, {
      cause,
      hint: "docs/models.md shows a file for each kind of server.",
    });
  }
  const result = ModelFile.safeParse(json);
  if (result.success) return result.data;
  throw new Failure(
    "config",
    `${path} does not describe a model: ${z.prettifyError(result.error).slice(0, 400)}`,
    {
      hint: "docs/models.md shows a file for each kind of server.",
    },
  );
}
