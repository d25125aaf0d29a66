/** One of a decoder's blocks while its graph is written: its tensors by their names in the file. */
import { Failure } from "../../protocol/failure.ts";
import { dequantize } from "../gguf/dequantize.ts";
import type { Gguf, GgufTensor } from "../gguf/read-gguf.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import type { Graph, Value } from "./graph.ts";
import type { Precision } from "./linear.ts";

export interface Layer {
  readonly graph: Graph;
  readonly config: DecoderConfig;
  readonly precision: Precision;
  readonly find: Find;
  /** Which one, and the name of a tensor of its own. */
  readonly block: number;
  readonly at: (name: string) => string;
}

export type Find = (name: string, dims: readonly number[]) => GgufTensor;

/** Fails with `malformed` for a tensor that is missing or has another shape. */
export const tensorFinder =
  ({ tensors }: Gguf): Find =>
  (name, dims) => {
    const tensor = tensors.get(name);
    if (tensor !== undefined && tensor.dims.join() === dims.join()) return tensor;
    throw new Failure(
      "malformed",
      tensor === undefined ? "a tensor is missing" : "a tensor has another shape",
      {
        meta: { tensor: name, wanted: dims.join("×"), found: tensor?.dims.join("×") ?? "nothing" },
        hint: "The file is damaged, or holds another architecture than it says.",
      },
    );
  };

export const vector = (graph: Graph, tensor: GgufTensor): Value =>
  graph.constant("f32", [tensor.dims[0] ?? 0], dequantize(tensor));
