/** `model.json` in the folder of a model: what the files beside it are, and the digests that make them those and no others. */
import { join } from "node:path";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { Sha256 } from "../../protocol/ids.ts";
import { Embedding, ModelCard, ModelId } from "../../protocol/model.ts";
import { ChatFormat } from "../tokenizer/chat-format.ts";

const FileName = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/);
const StoredFile = z.object({ name: FileName, sha256: Sha256, size: z.number().int().nonnegative() });

/** What `bun run models convert` makes now. 2: the graph gives hidden states, for embeddings. 3: it takes the cache in blocks. */
export const CONVERSION = 3;

export const Manifest = z.object({
  format: z.literal(1),
  /** Version of the conversion that made it; those before 2 do not say. */
  conversion: z.number().int().min(1).max(10_000).optional(),
  id: ModelId,
  revision: ModelCard.shape.revision,
  summary: ModelCard.shape.summary,
  licence: ModelCard.shape.licence,
  architecture: ModelCard.shape.architecture,
  parameters: ModelCard.shape.parameters,
  contextLength: z.number().int().min(1).max(1_073_741_824),
  dtype: ModelCard.shape.dtype,
  /** Who serves it, as its card says. */
  backend: z.enum(["onnx", "associative"]),
  /** Where it came from. */
  source: z.object({ name: z.string().max(255), sha256: Sha256 }),
  graph: StoredFile,
  /** Large constants beside the graph. */
  data: StoredFile.optional(),
  tokenizer: z.discriminatedUnion("type", [
    z.object({ type: z.literal("hugging-face"), file: StoredFile }),
    z.object({ type: z.literal("pieces"), sha256: Sha256 }),
  ]),
  /** Tokens that end an answer. */
  ends: z.array(z.number().int().nonnegative()).max(64),
  /** Token that begins every prompt. */
  begin: z.number().int().nonnegative().nullable(),
  chat: ChatFormat.nullable(),
  /** How it makes embeddings; null where it makes none. */
  embedding: Embedding.required({ pooling: true })
    .extend({
      /** Token that ends every text to be embedded. */
      end: z.number().int().nonnegative().nullable(),
    })
    .nullish(),
  /** Tokens of one step of prefill: also what a cancellation waits for at most. */
  chunkTokens: z.number().int().min(1).max(65_536),
  /** A token that makes a step costly: the step ends before there are more of them than this. */
  heavy: z
    .object({ token: z.number().int().nonnegative(), perStep: z.number().int().min(1).max(65_536) })
    .optional(),
  /** More threads than this only wait for one another. */
  threads: z.number().int().min(1).max(1_024).optional(),
});
export type Manifest = z.infer<typeof Manifest>;

const Newer = z.object({ format: z.number().int().min(2) });

export const MANIFEST = "model.json";

/** Made by an older conversion: it does all it did, and not what came later. */
export const isDated = ({ backend, conversion = 1 }: Manifest): boolean =>
  backend === "onnx" && conversion < CONVERSION;

/** What to do about it. */
export const datedLine = ({ id, embedding }: Manifest): string =>
  `${id} was converted by an older version and ${embedding === undefined ? "makes no embeddings" : "is slower deep in a context"}: \`bun run models pull\` or \`convert\` makes it anew`;

/** Fails with `not-found` when there is no model in the folder and `corrupt` when its description is damaged. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = Bun.file(join(folder, MANIFEST));
  if (!(await file.exists())) {
    throw new Failure("not-found", "there is no model in this folder", {
      meta: { folder },
      hint: "Fetch one with `bun run models pull smollm2`, or convert a file of yours.",
    });
  }
  const json: unknown = await file.json().catch(() => undefined);
  const parsed = Manifest.safeParse(json);
  if (parsed.success) return parsed.data;
  const { data: newer } = Newer.safeParse(json);
  if (newer !== undefined) {
    throw new Failure("unknown-version", "the model was made by a newer version", {
      meta: { folder, format: newer.format, known: 1 },
      hint: "Upgrade, or convert the model again into another folder.",
    });
  }
  const [issue] = parsed.error.issues;
  throw new Failure("corrupt", "the description of the model is damaged", {
    meta: { folder, at: issue?.path.join(".") ?? "", reason: issue?.message ?? "" },
    hint: "Remove the folder and fetch or convert the model again.",
  });
}

/** Fails with `corrupt` when a file is not the one that the manifest names. */
export async function verifyFiles(folder: string, manifest: Manifest, signal?: AbortSignal): Promise<void> {
  const { graph, data, tokenizer } = manifest;
  const files = [
    graph,
    ...(data === undefined ? [] : [data]),
    ...(tokenizer.type === "pieces" ? [] : [tokenizer.file]),
  ];
  for (const { name, sha256, size } of files) {
    const file = Bun.file(join(folder, name));
    const hash = new Bun.CryptoHasher("sha256");
    const right = (await file.exists()) && file.size === size;
    if (right) {
      for await (const chunk of file.stream()) {
        if (signal?.aborted)
          throw new Failure("cancelled", "the model is not loaded", { cause: signal.reason });
        hash.update(chunk);
      }
    }
    if (right && hash.digest("hex") === sha256) continue;
    throw new Failure("corrupt", "a file of the model is not the one that was written", {
      meta: { folder, file: name, size: file.size, expected: size },
      hint: "Remove the folder and fetch or convert the model again.",
    });
  }
}
