/** The card of a model as it stands loaded here. */
import type { Embedding, ModelCard } from "../../../protocol/model.ts";
import type { DecoderShape } from "../decoder-shape.ts";
import type { Manifest } from "../manifest.ts";
import type { Session } from "../session.ts";

export function cardOf(manifest: Manifest, { runtime, version, device, shape }: Session): ModelCard {
  const { id, revision, summary, licence, architecture, parameters, contextLength, dtype, backend } =
    manifest;
  const { tokenizer } = manifest;
  const embedding = embeddingOf(manifest, shape);
  return {
    ...{ id, revision, summary, licence, architecture, parameters, contextLength, dtype, backend, device },
    // The constants are the model; a graph without any beside it holds them itself.
    weights: manifest.data?.sha256 ?? manifest.graph.sha256,
    tokenizer: tokenizer.type === "pieces" ? tokenizer.sha256 : tokenizer.file.sha256,
    vocabulary: shape.vocabulary,
    versions: { onnxruntime: version, route: runtime, graph: manifest.graph.sha256 },
    state: shape.memory,
    // A memory is only right about the token after the last one.
    can: { embed: embedding !== undefined, score: backend === "onnx", snapshot: true, tools: false },
    ...(embedding === undefined ? {} : { embedding }),
  };
}

/** Undefined where the graph gives no such states, or its maker knows no way to make one vector of them. */
function embeddingOf({ embedding }: Manifest, { hidden }: DecoderShape): Embedding | undefined {
  if (embedding == null || hidden?.size !== embedding.dimensions) return undefined;
  const { dimensions, pooling, shortens } = embedding;
  return { dimensions, pooling, shortens };
}
