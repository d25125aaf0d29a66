/**
 * Attention of a decoder over a cache that is updated in place. ONNX Runtime's own operator is fast for prompts and slow for a
 * token, for which it reads keys and values again for every head of queries. So there is another way for a token deep in a
 * context, taken where the caller shows the cache in blocks.
 */
import { dequantize } from "../gguf/dequantize.ts";
import { blockAttention, blocksOf, type DeepStep, deepStep } from "./block-attention.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import { type Graph, NONE, type Value } from "./graph.ts";
import { type Layer, vector } from "./layer.ts";
import { matrix } from "./linear.ts";

interface Told {
  readonly lengths: Value;
  readonly total: Value;
  readonly cos: Value;
  readonly sin: Value;
}

/** What the attention of all layers shares. */
export interface Attending extends Told {
  readonly deep: DeepStep;
  readonly caches: readonly { readonly keys: Cache; readonly values: Cache }[];
}

/** Keys or values of one layer. */
interface Cache {
  readonly past: Value;
  readonly present: string;
  readonly blocks: readonly Value[];
}

/** Declares the caches of all layers. */
export function attending(graph: Graph, config: DecoderConfig, told: Told): Attending {
  const dims = ["batch", config.kvHeads, "capacity", config.headDim];
  const cache = (name: string): Cache => {
    const past = graph.input(`past_key_values.${name}`, "f32", dims);
    const present = `present.${name}`;
    graph.declareOutput(present, "f32", dims);
    return { past, present, blocks: blocksOf(graph, past, config) };
  };
  const caches = Array.from({ length: config.blocks }, (_, block) => ({
    keys: cache(`${block}.key`),
    values: cache(`${block}.value`),
  }));
  const first = caches[0]!.keys.blocks[0]!;
  return { ...told, caches, deep: deepStep(graph, config, { first, lengths: told.lengths }) };
}

/** `x` are the layer's normed inputs. */
export function attention(layer: Layer, x: Value, shared: Attending): Value {
  const { graph, config, precision, find, at } = layer;
  const { hidden, heads, headDim } = config;
  const { keys, values } = shared.caches[layer.block]!;
  const qkv = multiplied(layer, x);
  const [attended = NONE] = graph.either(
    shared.deep.is,
    {
      yes: () => {
        const [q, k, v] = apart(layer, qkv);
        const turned = (value: Value, count: number) => turn(layer, value, count, shared);
        return blockAttention(graph, config, {
          queries: turned(q, heads),
          keys: { ...keys, token: turned(k, config.kvHeads) },
          values: { ...values, token: v },
          deep: shared.deep,
        });
      },
      no: () => {
        const inputs = config.architecture === "qwen3" ? apart(layer, qkv) : [qkv, NONE, NONE];
        const { lengths, total, cos, sin } = shared;
        return graph.contrib(
          "GroupQueryAttention",
          [...inputs, keys.past, values.past, lengths, total, cos, sin],
          {
            num_heads: heads,
            kv_num_heads: config.kvHeads,
            do_rotary: 1,
            rotary_interleaved: interleaved(config),
            scale: { f: 1 / Math.sqrt(headDim) },
          },
          3,
        );
      },
    },
    ["*", keys.present, values.present],
  );
  const out = find(at("attn_output.weight"), [heads * headDim, hidden]);
  return matrix(graph, [out], precision).multiply(graph, attended);
}

/** Converters to GGUF permute q and k of llama so that pairs are neighbours; Qwen's are left as they were. */
const interleaved = ({ architecture }: DecoderConfig): number => (architecture === "llama" ? 1 : 0);

const widthsOf = ({ heads, kvHeads, headDim }: DecoderConfig) => ({
  q: heads * headDim,
  k: kvHeads * headDim,
  v: kvHeads * headDim,
});

/** Queries, keys and values, in one row. */
function multiplied({ graph, config, precision, find, at }: Layer, x: Value): Value {
  const widths = widthsOf(config);
  const names = ["q", "k", "v"] as const;
  const parts = names.map((name) => find(at(`attn_${name}.weight`), [config.hidden, widths[name]]));
  const qkv = matrix(graph, parts, precision).multiply(graph, x);
  if (config.architecture !== "qwen2") return qkv;
  const biases = names.map((name) => dequantize(find(at(`attn_${name}.bias`), [widths[name]])));
  const all = Float32Array.from(biases.flatMap((bias) => [...bias]));
  return graph.node("Add", [qkv, graph.constant("f32", [all.length], all)]);
}

/** Qwen3 norms every head of q and k before it turns them. */
function apart({ graph, config, find, at }: Layer, qkv: Value): [q: Value, k: Value, v: Value] {
  const widths = widthsOf(config);
  const sizes = graph.ints(widths.q, widths.k, widths.v);
  const [q = NONE, k = NONE, v = NONE] = graph.nodes("Split", [qkv, sizes], 3, { axis: 2 });
  if (config.architecture !== "qwen3") return [q, k, v];
  const normed = (value: Value, name: string, heads: number): Value => {
    const heading = graph.node("Reshape", [value, graph.ints(0, 0, heads, config.headDim)]);
    const weight = vector(graph, find(at(name), [config.headDim]));
    const attributes = { axis: -1, epsilon: { f: config.epsilon } };
    const done = graph.node("SimplifiedLayerNormalization", [heading, weight], attributes);
    return graph.node("Reshape", [done, graph.ints(0, 0, heads * config.headDim)]);
  };
  return [normed(q, "attn_q_norm.weight", config.heads), normed(k, "attn_k_norm.weight", config.kvHeads), v];
}

/** By the token's position. */
function turn({ graph, config }: Layer, value: Value, heads: number, { deep, cos, sin }: Attending): Value {
  const attributes = { interleaved: interleaved(config), num_heads: heads };
  const [turned = NONE] = graph.contrib("RotaryEmbedding", [value, deep.position, cos, sin], attributes);
  return turned;
}
