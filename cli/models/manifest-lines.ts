import { isDated, type Manifest } from "../../models/onnx/manifest.ts";

/** What a model is, for people. */
export function manifestLines(manifest: Manifest): string[] {
  const { id, summary, licence, architecture, parameters, contextLength, dtype, source, graph, data, chat } =
    manifest;
  const size = graph.size + (data?.size ?? 0);
  return [
    `${id}: ${summary}`,
    `  ${architecture}, ${count(parameters ?? 0)} parameters, context ${count(contextLength)}, ${dtype}, ${megabytes(size)}, ${licence}`,
    `  made from ${source.name}`,
    `  chat format: ${chat?.type ?? "none known; it takes prompts"}`,
    `  embeddings: ${embeddings(manifest)}`,
  ];
}

function embeddings(manifest: Manifest): string {
  const { embedding } = manifest;
  if (embedding === undefined && isDated(manifest)) return "none; converted again it makes some";
  if (embedding == null) return "none";
  const { dimensions, pooling, shortens } = embedding;
  return `${dimensions} numbers, ${WORDS[pooling]}${shortens ? ", or fewer of them" : ""}`;
}

const WORDS = {
  mean: "the mean of all tokens",
  cls: "of the first token",
  last: "of the last token",
} as const;

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

function count(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toPrecision(3)}B`;
  if (value >= 1e6) return `${Math.round(value / 1e6)}M`;
  return value >= 10_000 ? `${Math.round(value / 1_024)}k` : String(value);
}
