/**
 * A dense decoder of the llama family as an ONNX graph: RMS norms, grouped-query attention with rotary positions over a
 * cache that is updated in place, SwiGLU. Operators are ONNX Runtime's fused ones.
 */
import { dequantize } from "../gguf/dequantize.ts";
import type { Gguf } from "../gguf/read-gguf.ts";
import { attending, attention } from "./attention.ts";
import type { DataFile } from "./data-file.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import { Graph, NONE, type Value } from "./graph.ts";
import { type Layer, tensorFinder, vector } from "./layer.ts";
import { type Matrix, matrix, type Precision } from "./linear.ts";
import { rotaryTables } from "./rotary.ts";

export interface DecoderOptions {
  gguf: Gguf;
  config: DecoderConfig;
  precision: Precision;
  data: DataFile;
  /** After each block, from 0 to 1; the next one waits for it. */
  onProgress?: (fraction: number) => Promise<void> | void;
}

/** The tokens' states after the last norm, which embeddings are made of. */
const HIDDEN = "hidden_states";

/** The graph's bytes. Fails with `malformed` when a tensor is missing or has another shape than the metadata say. */
export async function writeDecoder(options: DecoderOptions): Promise<Uint8Array> {
  const { config } = options;
  const graph = new Graph(`${config.architecture} decoder`, options.data);
  const find = tensorFinder(options.gguf);
  const ids = graph.input("input_ids", "i64", ["batch", "sequence"]);
  const shared = attending(graph, config, {
    lengths: graph.input("seqlens_k", "i32", ["batch"]),
    total: graph.input("total_sequence_length", "i32", [1]),
    ...rotary(graph, config, options.gguf),
  });
  const wanted = graph.input("logit_indices", "i64", ["rows"]);
  const table = find("token_embd.weight", [config.hidden, config.vocabulary]);
  const embedding = matrix(graph, [table], options.precision);
  const norm = (name: string) => vector(graph, find(name, [config.hidden]));

  let residual = embedding.lookUp(graph, ids);
  let x = graph.node("SimplifiedLayerNormalization", [residual, norm("blk.0.attn_norm.weight")], {
    axis: -1,
    epsilon: { f: config.epsilon },
  });
  const skipNorm = (name: string, added: Value, output = "*"): void => {
    const attributes = { epsilon: { f: config.epsilon } };
    const inputs = [added, residual, norm(name)];
    const [normed, , , sum] = graph.contrib("SkipSimplifiedLayerNormalization", inputs, attributes, [
      output,
      "",
      "",
      "*",
    ]);
    [x, residual] = [normed ?? x, sum ?? residual];
  };
  for (let block = 0; block < config.blocks; block++) {
    const at = (name: string) => `blk.${block}.${name}`;
    const layer = { graph, config, precision: options.precision, find, block, at };
    skipNorm(at("ffn_norm.weight"), attention(layer, x, shared));
    const fed = feedForward(layer, x);
    if (block + 1 < config.blocks) skipNorm(`blk.${block + 1}.attn_norm.weight`, fed);
    else skipNorm("output_norm.weight", fed, HIDDEN);
    await options.onProgress?.((block + 1) / config.blocks);
  }
  // Named where it stands: whoever does not ask for it pays nothing for it.
  graph.declareOutput(HIDDEN, "f32", ["batch", "sequence", config.hidden]);
  // Rows are chosen before the head: logits of a whole prompt would take a hundred megabytes.
  const rows = graph.node("Gather", [x, wanted], { axis: 1 });
  const logits = head(graph, options, embedding).multiply(graph, rows);
  graph.output("logits", logits, "f32", ["batch", "rows", config.vocabulary]);
  return graph.encode();
}

function feedForward({ graph, config, precision, find, at }: Layer, x: Value): Value {
  const { hidden, feedForward: width } = config;
  const both = [find(at("ffn_gate.weight"), [hidden, width]), find(at("ffn_up.weight"), [hidden, width])];
  const wide = matrix(graph, both, precision).multiply(graph, x);
  const [gate = NONE, up = NONE] = graph.nodes("Split", [wide, graph.ints(width, width)], 2, { axis: 2 });
  // x · sigmoid(x), which is QuickGelu with alpha 1.
  const [silu = NONE] = graph.contrib("QuickGelu", [gate], { alpha: { f: 1 } });
  const down = matrix(graph, [find(at("ffn_down.weight"), [width, hidden])], precision);
  return down.multiply(graph, graph.node("Mul", [silu, up]));
}

/** Many small models use the embedding's table again. */
function head(graph: Graph, { gguf, config, precision }: DecoderOptions, embedding: Matrix): Matrix {
  if (!gguf.tensors.has("output.weight")) return embedding;
  return matrix(graph, [tensorFinder(gguf)("output.weight", [config.hidden, config.vocabulary])], precision);
}

function rotary(graph: Graph, config: DecoderConfig, { tensors }: Gguf): { cos: Value; sin: Value } {
  const factors = tensors.get("rope_freqs.weight");
  const tables = rotaryTables(config, factors === undefined ? undefined : dequantize(factors));
  const dims = [config.contextLength, config.headDim / 2];
  return { cos: graph.constant("f32", dims, tables.cos), sin: graph.constant("f32", dims, tables.sin) };
}
