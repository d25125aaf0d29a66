import type { Manifest } from "../../models/onnx/manifest.ts";

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
  ];
}

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

function count(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toPrecision(3)}B`;
  if (value >= 1e6) return `${Math.round(value / 1e6)}M`;
  return value >= 10_000 ? `${Math.round(value / 1_024)}k` : String(value);
}
