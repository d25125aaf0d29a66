/** A GGUF file as a folder that the onnx back end serves: graph, constants, tokenizer and a manifest of their digests. */
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import type { ModelId } from "../../protocol/model.ts";
import { afterTurn } from "../../runtime/ports/turn.ts";
import { type Gguf, readGguf } from "../gguf/read-gguf.ts";
import { CONVERSION, isDated, MANIFEST, Manifest, readManifest } from "../onnx/manifest.ts";
import { writeFolder } from "../onnx/write-folder.ts";
import { DataFile } from "../onnx-graph/data-file.ts";
import { writeDecoder } from "../onnx-graph/decoder.ts";
import { type DecoderConfig, decoderConfig } from "../onnx-graph/decoder-config.ts";
import type { Precision } from "../onnx-graph/linear.ts";
import { recogniseChatFormat } from "../tokenizer/chat-format.ts";
import { type GgufTokenizer, tokenizerOfGguf } from "../tokenizer/from-gguf.ts";
import { createTokenizer } from "../tokenizer/hugging-face.ts";

export interface ConvertOptions {
  /** The file's bytes, best mapped: they are read piece by piece. */
  bytes: Uint8Array;
  /** Its name, for the manifest. */
  name: string;
  /** Folder to be made; it must not exist yet. */
  folder: string;
  id: ModelId;
  /** Default `fast`: eight bits, integer arithmetic. */
  precision?: Precision;
  summary?: string;
  licence?: string;
  revision?: string;
  /** Tokens of prompt and answer together, at most what the file says. */
  contextLength?: number;
  /** The model was trained so that the first numbers of its embeddings are embeddings. Default false: the file cannot tell. */
  shortens?: boolean;
  signal?: AbortSignal;
  onProgress?: (step: { label: string; fraction: number }) => void;
}

const CHUNK_TOKENS = 128;
/** Longer tables of positions are cut: they take memory, and CPUs do not get there. */
const MOST_CONTEXT = 131_072;
const DTYPES: Readonly<Record<Precision, string>> = { fast: "q8/int8", exact: "as stored/f32" };
const [GRAPH, DATA, TOKENIZER] = ["graph.onnx", "graph.data", "tokenizer.json"] as const;

/**
 * The manifest of what was written; an older conversion of the same file is replaced. Fails as `readGguf`, `decoderConfig`,
 * `tokenizerOfGguf` and `writeFolder`, leaving nothing behind.
 */
export async function convertGguf(options: ConvertOptions): Promise<Manifest> {
  const { bytes, folder, onProgress = () => {} } = options;
  const gguf = readGguf(bytes);
  const config = limited(decoderConfig(gguf), options.contextLength);
  const tokenizer = tokenizerOfGguf(gguf);
  checkTokenizer(tokenizer, config);
  const source = await digest(bytes, options, (fraction) =>
    onProgress({ label: "reading", fraction: fraction / 4 }),
  );
  const manifest = await writeFolder({
    folder,
    bytes: expectedBytes(gguf, options),
    write: (work) => write(work, { ...options, gguf, config, tokenizer, source }),
    replaces: (made) => isOutdone(folder, made),
  });
  onProgress({ label: "converted", fraction: 1 });
  return manifest;
}

interface Parts extends ConvertOptions {
  gguf: Gguf;
  config: DecoderConfig;
  tokenizer: GgufTokenizer;
  source: string;
}

async function write(folder: string, parts: Parts): Promise<Manifest> {
  const { gguf, config, tokenizer, precision = "fast", onProgress = () => {} } = parts;
  const data = new DataFile({ path: join(folder, DATA), name: DATA });
  const graph = await writeDecoder({
    ...{ gguf, config, precision, data },
    async onProgress(fraction) {
      await breathe(parts.signal);
      onProgress({ label: "converting", fraction: 0.25 + 0.7 * fraction });
    },
  });
  const written = data.finish();
  const text = (key: string) => String(gguf.metadata.get(key) ?? "");
  const template = text("tokenizer.chat_template");
  const manifest: Manifest = Manifest.parse({
    format: 1,
    conversion: CONVERSION,
    id: parts.id,
    revision: parts.revision ?? parts.source.slice(0, 12),
    summary: parts.summary ?? text("general.name").slice(0, 1_000),
    licence: parts.licence ?? (text("general.license").slice(0, 128) || "unknown"),
    architecture: config.architecture,
    parameters: parameters(gguf),
    contextLength: config.contextLength,
    dtype: DTYPES[precision],
    backend: "onnx",
    source: { name: parts.name.slice(0, 255), sha256: parts.source },
    graph: await store(folder, GRAPH, graph),
    data: { name: DATA, ...written },
    tokenizer: {
      type: "hugging-face",
      file: await store(folder, TOKENIZER, Buffer.from(JSON.stringify(tokenizer.file))),
    },
    ends: [...tokenizer.ends],
    begin: tokenizer.begin,
    chat: recogniseChatFormat(template) ?? null,
    embedding: embeddingOf(parts),
    chunkTokens: CHUNK_TOKENS,
  } satisfies Manifest);
  await Bun.write(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** Of llama.cpp's `llama_pooling_type`. A ranker (4) tells how well two texts fit, and makes no vectors. */
const POOLINGS = { 0: "mean", 1: "mean", 2: "cls", 3: "last" } as const;

/** A file that names no pooling was not trained for embeddings; the mean serves best then. */
function embeddingOf({ gguf, config, tokenizer, shortens = false }: Parts): Manifest["embedding"] {
  const told = gguf.metadata.get(`${config.architecture}.pooling_type`) ?? 0;
  const pooling = POOLINGS[told as keyof typeof POOLINGS];
  const { hidden: dimensions } = config;
  return pooling === undefined ? null : { dimensions, pooling, shortens, end: tokenizer.textEnd };
}

async function store(folder: string, name: string, bytes: Uint8Array): Promise<Manifest["graph"]> {
  await Bun.write(join(folder, name), bytes);
  return { name, sha256: new Bun.CryptoHasher("sha256").update(bytes).digest("hex"), size: bytes.length };
}

function limited(config: DecoderConfig, wanted = MOST_CONTEXT): DecoderConfig {
  return { ...config, contextLength: Math.min(config.contextLength, wanted, MOST_CONTEXT) };
}

const parameters = ({ tensors }: Gguf): number =>
  [...tensors.values()].reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1), 0);

/** Of a value in eight bits, with its share of scales. */
const FAST_BYTES = 1.17;

/** What is kept as it is takes at least what it took. */
const expectedBytes = (gguf: Gguf, { bytes, precision = "fast" }: ConvertOptions): number =>
  precision === "fast" ? Math.ceil(parameters(gguf) * FAST_BYTES) : bytes.length;

const HASH_STEP = 16 * 1024 * 1024;

async function digest(
  bytes: Uint8Array,
  { signal }: Pick<ConvertOptions, "signal">,
  onProgress: (fraction: number) => void,
): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for (let at = 0; at < bytes.length; at += HASH_STEP) {
    await breathe(signal);
    hash.update(bytes.subarray(at, at + HASH_STEP));
    onProgress(Math.min(1, (at + HASH_STEP) / bytes.length));
  }
  return hash.digest("hex");
}

/** Lets signals in: whoever presses ^C need not wait for the end. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>(afterTurn);
  if (signal?.aborted) throw new Failure("cancelled", "the conversion was stopped", { cause: signal.reason });
}

/** There is an older conversion of the same file, made the same way, in the folder. */
async function isOutdone(folder: string, { source, dtype, id }: Manifest): Promise<boolean> {
  const there = await readManifest(folder).catch(() => undefined);
  if (there === undefined || !isDated(there)) return false;
  return there.source.sha256 === source.sha256 && there.dtype === dtype && there.id === id;
}

/** Now, not when somebody asks the model something. */
function checkTokenizer({ file, ends, begin, textEnd }: GgufTokenizer, { vocabulary }: DecoderConfig): void {
  let known: number;
  try {
    known = createTokenizer(file).vocabulary;
  } catch (cause) {
    throw new Failure("malformed", "the file's tokenizer cannot be built", { cause });
  }
  const greatest = Math.max(known - 1, begin ?? 0, textEnd ?? 0, ...ends);
  if (greatest < vocabulary) return;
  throw new Failure("malformed", "the file's tokenizer has tokens that its model does not know", {
    meta: { greatest, vocabulary },
  });
}
