/** GGUF files of a few hundred kilobytes with random weights from a seed: every architecture that is converted, in full. */
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { type Entry, f32Tensor, type TensorToWrite, writeGguf } from "../gguf/write-gguf.fixture.ts";

export type TinyArchitecture = "llama" | "qwen2" | "qwen3";

const HIDDEN = 64;
const FEED_FORWARD = 96;
const HEADS = 4;
const KV_HEADS = 2;
const HEAD_DIM = 32;
const BLOCKS = 2;
const CONTEXT = 512;

const MARKERS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
const MERGES = ["t h", "th e", "Ġ t", "Ġ a", "i n", "e r"];
const CHATML =
  "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n'}}{% endfor %}";

/** The 256 letters that GPT-2 has for bytes. */
function byteLetters(): string[] {
  const plain = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(plain(byte) ? byte : next++));
}

const TOKENS = [...MARKERS, ...byteLetters(), ...MERGES.map((merge) => merge.replace(" ", ""))];

/**
 * `untied` gives the head a matrix of its own, `factors` slows its rotations as in Llama 3.1, `seed` gives other weights,
 * `pooling` names a way to make embeddings by llama.cpp's number, with texts that end in a token of their own.
 */
export function tinyGguf(options: {
  architecture: TinyArchitecture;
  untied?: boolean;
  factors?: boolean;
  seed?: number;
  pooling?: number;
}): Uint8Array {
  const { architecture, untied = false, factors = false, seed = 1, pooling } = options;
  const rng = createSeededRng(seed);
  const random = (name: string, dims: readonly number[], scale: number, middle = 0): TensorToWrite => {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return f32Tensor(
      name,
      dims,
      Float32Array.from({ length: count }, () => middle + scale * (2 * rng.next() - 1)),
    );
  };
  const linear = (name: string, inputs: number, outputs: number) =>
    random(`${name}.weight`, [inputs, outputs], 2 / Math.sqrt(inputs));
  const norm = (name: string, width = HIDDEN) => random(`${name}.weight`, [width], 0.2, 1);
  const widths = { q: HEADS * HEAD_DIM, k: KV_HEADS * HEAD_DIM, v: KV_HEADS * HEAD_DIM };
  const blocks = Array.from({ length: BLOCKS }, (_, block) => {
    const at = (name: string) => `blk.${block}.${name}`;
    return [
      norm(at("attn_norm")),
      ...(["q", "k", "v"] as const).flatMap((each) => [
        linear(at(`attn_${each}`), HIDDEN, widths[each]),
        ...(architecture === "qwen2" ? [random(at(`attn_${each}.bias`), [widths[each]], 0.5)] : []),
      ]),
      ...(architecture === "qwen3"
        ? [norm(at("attn_q_norm"), HEAD_DIM), norm(at("attn_k_norm"), HEAD_DIM)]
        : []),
      linear(at("attn_output"), widths.q, HIDDEN),
      norm(at("ffn_norm")),
      linear(at("ffn_gate"), HIDDEN, FEED_FORWARD),
      linear(at("ffn_up"), HIDDEN, FEED_FORWARD),
      linear(at("ffn_down"), FEED_FORWARD, HIDDEN),
    ];
  });
  const embeds = { [`${architecture}.pooling_type`]: pooling ?? 0, "tokenizer.ggml.add_eos_token": true };
  return writeGguf({ ...metadataOf(architecture), ...(pooling === undefined ? {} : embeds) }, [
    random("token_embd.weight", [HIDDEN, TOKENS.length], 1),
    ...blocks.flat(),
    norm("output_norm"),
    ...(factors ? [random("rope_freqs.weight", [HEAD_DIM / 2], 3, 4)] : []),
    ...(untied ? [linear("output", HIDDEN, TOKENS.length)] : []),
  ]);
}

const metadataOf = (architecture: TinyArchitecture): Record<string, Entry> => ({
  "general.architecture": architecture,
  "general.name": `Tiny ${architecture}`,
  "general.license": "mit",
  [`${architecture}.block_count`]: BLOCKS,
  [`${architecture}.context_length`]: CONTEXT,
  [`${architecture}.embedding_length`]: HIDDEN,
  [`${architecture}.feed_forward_length`]: FEED_FORWARD,
  [`${architecture}.attention.head_count`]: HEADS,
  [`${architecture}.attention.head_count_kv`]: KV_HEADS,
  [`${architecture}.attention.key_length`]: HEAD_DIM,
  [`${architecture}.attention.value_length`]: HEAD_DIM,
  [`${architecture}.attention.layer_norm_rms_epsilon`]: { f32: 1e-5 },
  [`${architecture}.rope.freq_base`]: { f32: 10_000 },
  "tokenizer.ggml.model": "gpt2",
  "tokenizer.ggml.pre": architecture === "llama" ? "smollm" : "qwen2",
  "tokenizer.ggml.tokens": TOKENS,
  "tokenizer.ggml.token_type": TOKENS.map((_, id) => (id < MARKERS.length ? 3 : 1)),
  "tokenizer.ggml.merges": MERGES,
  "tokenizer.ggml.bos_token_id": 1,
  "tokenizer.ggml.eos_token_id": 2,
  "tokenizer.ggml.add_bos_token": false,
  "tokenizer.chat_template": CHATML,
});
