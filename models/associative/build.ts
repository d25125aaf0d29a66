/** The associative model as a folder that the onnx back end serves: made here from a seed, nothing is fetched. */
import { join } from "node:path";
import type { ModelId } from "../../protocol/model.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { MANIFEST, type Manifest } from "../onnx/manifest.ts";
import { writeFolder } from "../onnx/write-folder.ts";
import { DataFile } from "../onnx-graph/data-file.ts";
import { KEY_TOKENS, KEY_WIDTH, writeAssociative } from "./graph.ts";
import { createPieces, END, OPENER_TOKEN } from "./pieces.ts";

export interface AssociativeOptions {
  /** Folder to be made; what is there already is replaced by the same. */
  folder: string;
  /** Default `associative`. */
  id?: ModelId;
  /** Models of different seeds cannot read each other's states. Default 1. */
  seed?: number;
}

/** Some milliseconds each; a step costs as much for one token as for a thousand. */
const CHUNK_TOKENS = 8_192;
/** Each may bring a dozen writes, and a step compares all its writes with one another. */
const OPENERS = 32;
/** What is written, about. */
const BYTES = 12_000_000;
const CONTEXT = 16_777_216;
const [GRAPH, DATA] = ["graph.onnx", "graph.data"] as const;

export async function buildAssociative(options: AssociativeOptions): Promise<Manifest> {
  const { folder, id = "associative", seed = 1 } = options;
  const write = async (work: string): Promise<Manifest> => {
    const data = new DataFile({ path: join(work, DATA), name: DATA });
    const graph = writeAssociative({ rng: createSeededRng(seed), data });
    await Bun.write(join(work, GRAPH), graph);
    const manifest: Manifest = {
      format: 1,
      id,
      revision: `seed-${seed}`,
      summary: `Retrieves: asked for what follows "KEY :=" it gives what stood there up to ";". Set by hand, of constant size; no language.`,
      licence: "MIT",
      architecture: "associative",
      parameters: 0,
      contextLength: CONTEXT,
      dtype: "f32",
      backend: "associative",
      source: { name: `seed ${seed}, ${KEY_WIDTH} wide, ${KEY_TOKENS} tokens`, sha256: sha256(String(seed)) },
      graph: { name: GRAPH, sha256: sha256(graph), size: graph.length },
      data: { name: DATA, ...data.finish() },
      tokenizer: { type: "pieces", sha256: piecesDigest() },
      ends: [END],
      begin: null,
      chat: { type: "plain" },
      chunkTokens: CHUNK_TOKENS,
      heavy: { token: OPENER_TOKEN, perStep: OPENERS },
      threads: 1,
    };
    await Bun.write(join(work, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  };
  return await writeFolder({ folder, bytes: BYTES, write, replaces: () => true });
}

function piecesDigest(): string {
  const pieces = createPieces();
  const entries = Array.from({ length: pieces.vocabulary }, (_, token) =>
    Buffer.from(pieces.bytes(token)).toString("hex"),
  );
  return sha256(entries.join(" "));
}

const sha256 = (bytes: string | Uint8Array): string =>
  new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
