/** A GGUF file as a folder in Hugging Face's form, which is what vLLM serves: the same weights for every engine. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dequantize } from "../../models/gguf/dequantize.ts";
import { type Gguf, readGguf } from "../../models/gguf/read-gguf.ts";
import { type DecoderConfig, decoderConfig } from "../../models/onnx-graph/decoder-config.ts";
import { tokenizerOfGguf } from "../../models/tokenizer/from-gguf.ts";

/** In single precision, which holds all that the file has. For the llama architecture. */
export function writeHuggingFaceFolder(file: Uint8Array, folder: string): void {
  const gguf = readGguf(file);
  const config = decoderConfig(gguf);
  if (config.architecture !== "llama") throw new Error(`not for ${config.architecture}`);
  const { file: tokenizer, ends } = tokenizerOfGguf(gguf);
  const [begin, end] = ["bos", "eos"].map((name) =>
    Number(gguf.metadata.get(`tokenizer.ggml.${name}_token_id`)),
  );
  const tokens = gguf.metadata.get("tokenizer.ggml.tokens") as string[];
  const json = (name: string, value: unknown) =>
    writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  mkdirSync(folder, { recursive: true });
  json("config.json", {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    torch_dtype: "float32",
    hidden_act: "silu",
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: !gguf.tensors.has("output.weight"),
    hidden_size: config.hidden,
    intermediate_size: config.feedForward,
    num_hidden_layers: config.blocks,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    vocab_size: config.vocabulary,
    max_position_embeddings: config.contextLength,
    rms_norm_eps: config.epsilon,
    rope_theta: config.ropeBase,
    bos_token_id: begin,
    eos_token_id: end,
  });
  json("generation_config.json", { bos_token_id: begin, eos_token_id: ends });
  json("tokenizer.json", tokenizer);
  json("tokenizer_config.json", {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: tokens[begin!],
    eos_token: tokens[end!],
    clean_up_tokenization_spaces: false,
    chat_template: gguf.metadata.get("tokenizer.chat_template"),
    model_max_length: config.contextLength,
  });
  writeFileSync(join(folder, "model.safetensors"), safetensors(gguf, config));
}

const WHOLE: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};
const OF_LAYER: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

function nameOf(name: string): string {
  const [, layer, part = ""] = /^(?:blk\.(\d+)\.)?(\w+)\.weight$/.exec(name) ?? [];
  const known = layer === undefined ? WHOLE[part] : OF_LAYER[part];
  if (known === undefined) throw new Error(`no name for ${name}`);
  return layer === undefined ? `${known}.weight` : `model.layers.${layer}.${known}.weight`;
}

/** Length of the header, the header, the numbers (github.com/huggingface/safetensors, its format). */
function safetensors(gguf: Gguf, { heads, kvHeads }: DecoderConfig): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, tensor] of gguf.tensors) {
    const turned = name.endsWith("attn_q.weight") ? heads : name.endsWith("attn_k.weight") ? kvHeads : 0;
    const values = dequantize(tensor);
    const bytes = new Uint8Array((turned > 0 ? halvesApart(values, turned, tensor.dims) : values).buffer);
    header[nameOf(name)] = {
      dtype: "F32",
      shape: tensor.dims.toReversed(),
      data_offsets: [at, at + bytes.byteLength],
    };
    parts.push(bytes);
    at += bytes.byteLength;
  }
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}

/** GGUF has the two rows that rotate together side by side, Hugging Face half a head apart. */
function halvesApart(
  values: Float32Array,
  heads: number,
  [row = 0, rows = 0]: readonly number[],
): Float32Array {
  const size = rows / heads;
  const out = new Float32Array(values.length);
  for (let at = 0; at < rows; at++) {
    const [head, place] = [Math.floor(at / size), at % size];
    const to = head * size + (place % 2) * (size / 2) + Math.floor(place / 2);
    out.set(values.subarray(at * row, (at + 1) * row), to * row);
  }
  return out;
}
