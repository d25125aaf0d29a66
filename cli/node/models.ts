/** Which models a node serves: embedded ones by name, those of OpenAI-compatible servers by a file that describes them. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { SHELF } from "../../models/embedded/shelf.ts";
import type { Model } from "../../models/model.ts";
import { MANIFEST } from "../../models/onnx/manifest.ts";
import { Dialect } from "../../models/openai/dialect.ts";
import { createOpenAiModel } from "../../models/openai/openai.ts";
import { READY_CARDS } from "../../models/openai/ready-cards.ts";
import { Failure } from "../../protocol/failure.ts";
import { ModelCard } from "../../protocol/model.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import type { Blobs, Clock, Rng } from "../../runtime/ports/index.ts";
import { apiKeyFields, readApiKey } from "./api-key.ts";

export interface OpenModelsOptions {
  /** Names and files. */
  models: readonly string[];
  clock: Clock;
  rng: Rng;
  blobs: Blobs;
  log: Logger;
  /** For the states of running requests of each model. */
  memoryBytes: number;
}

/** Where `bun run models pull` puts them. */
const MODELS_DIR = ".orrery/models";

/** One model of a server. What nobody can look up there is said here, and goes into evidence as said. */
const Served = z.strictObject({
  id: ModelCard.shape.id,
  /** Needed unless the model is one of `READY_CARDS`. */
  contextLength: ModelCard.shape.contextLength.optional(),
  /** Address up to and with /v1. */
  url: z.url({ protocol: /^https?$/ }).max(1_024),
  server: Dialect.default("openai"),
  servedAs: z.string().max(512).optional(),
  ...apiKeyFields,
  embed: z.boolean().default(false),
  slots: z.number().int().min(1).max(1_024).default(16),
  card: ModelCard.omit({ id: true, contextLength: true, backend: true, can: true })
    .partial()
    .strict()
    .default({}),
});
const ModelFile = z.preprocess(
  (json) => [json].flat(),
  z.array(Served).min(1, "it needs at least one").max(32),
);

/** Fails with `config`, naming the file and the field. */
export async function openModels(options: OpenModelsOptions): Promise<Model[]> {
  const opened: Model[] = [];
  for (const spec of options.models) {
    opened.push(
      ...(spec.endsWith(".json") ? await openFile(spec, options) : [await openFolder(spec, options)]),
    );
  }
  const ids = await Promise.all(opened.map(async (model) => (await model.card()).id));
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) {
    throw new Failure("config", `the model ${twice} is named twice`, {
      hint: "Give each model of a node once.",
    });
  }
  return opened;
}

/** A model of its own process: one that was pulled, by its name, or any folder that `bun run models convert` has made. */
async function openFolder(
  spec: string,
  { clock, blobs, memoryBytes, log }: OpenModelsOptions,
): Promise<Model> {
  const { openOnnxModel } = await import("../../models/onnx/onnx-model.ts");
  const folder = [spec, join(MODELS_DIR, spec)].find((place) => existsSync(join(place, MANIFEST)));
  if (folder === undefined) {
    throw new Failure("config", `there is no model ${JSON.stringify(spec.slice(0, 120))} here`, {
      hint: hintFor(spec),
    });
  }
  const onNotice = (line: string) => log.info("model", { folder, notice: line });
  const onDeath = (failure: Failure) => log.warn("model died", { folder, problem: failure.toLine() });
  const heard = { onNotice, onDeath };
  return await openOnnxModel({ folder: resolve(folder), clock, blobs, stateBytes: memoryBytes, ...heard });
}

function hintFor(spec: string): string {
  if (spec.endsWith(".gguf"))
    return `bun run models convert ${spec} makes a folder of it; name that, or its name in bun run models list.`;
  const name = Object.hasOwn(SHELF, spec) ? spec : Object.keys(SHELF)[0];
  return `bun run models list shows those that are, bun run models pull ${name} fetches one; a file that describes a server's ends in .json.`;
}

async function openFile(path: string, { clock, rng, blobs }: OpenModelsOptions): Promise<Model[]> {
  const served = await readModelFile(path);
  return await Promise.all(
    served.map(async ({ id, url, server, servedAs, embed, slots, card, ...more }) => {
      const apiKey = await readApiKey(path, more);
      const known = READY_CARDS.get(id)?.card;
      const contextLength = more.contextLength ?? known?.contextLength;
      if (contextLength === undefined) {
        throw new Failure("config", `${path} does not say the contextLength of ${id}`, {
          hint: "The server knows it: max_model_len in its answer to GET /v1/models, or its command line.",
        });
      }
      return createOpenAiModel({
        ...{ clock, rng, blobs, http: createHttp(), baseUrl: url, dialect: server, embed, slots },
        model: { ...known, ...card, id, contextLength },
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
  const problems = result.error.issues.map(({ path: at, message }) =>
    at.length > 1 ? `${at.slice(1).join(".")}: ${message}` : message,
  );
  throw new Failure("config", `${path} does not describe a model: ${problems.join("; ").slice(0, 400)}`, {
    hint: "docs/models.md shows a file for each kind of server.",
  });
}
