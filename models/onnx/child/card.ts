/** The card of a model as it stands loaded here. */
import type { ModelCard } from "../../../protocol/model.ts";
import type { Manifest } from "../manifest.ts";
import type { Session } from "../session.ts";

export function cardOf(manifest: Manifest, { runtime, version, device, shape }: Session): ModelCard {
  const { id, revision, summary, licence, architecture, parameters, contextLength, dtype, backend } =
    manifest;
  const { tokenizer } = manifest;
  return {
    ...{ id, revision, summary, licence, architecture, parameters, contextLength, dtype, backend, device },
    // The constants are the model; a graph without any beside it holds them itself.
    weights: manifest.data?.sha256 ?? manifest.graph.sha256,
    tokenizer: tokenizer.type === "pieces" ? tokenizer.sha256 : tokenizer.file.sha256,
    vocabulary: shape.vocabulary,
    versions: { onnxruntime: version, route: runtime, graph: manifest.graph.sha256 },
    state: shape.memory,
    // A memory is only right about the token after the last one.
    can: { embed: false, score: backend === "onnx", snapshot: true, tools: false },
  };
}
