/** What a GGUF file says of its decoder, and whether it can be built here. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import type { Gguf } from "../gguf/read-gguf.ts";

const Dimension = z.number().int().min(1).max(1_048_576);

const DecoderConfig = z.object({
  architecture: z.enum(["llama", "qwen2", "qwen3"]),
  blocks: z.number().int().min(1).max(512),
  hidden: Dimension,
  feedForward: Dimension,
  heads: Dimension,
  kvHeads: Dimension,
  /** Tables of positions are as wide, so a lie here would cost gigabytes. */
  headDim: z.number().int().min(2).max(512),
  vocabulary: z.number().int().min(1).max(4_194_304),
  contextLength: z.number().int().min(1).max(16_777_216),
  ropeBase: z.number().positive(),
  /** Positions are divided by this, as `rope.scaling.type` linear says. */
  ropeScale: z.number().positive(),
  epsilon: z.number().positive().max(1),
});
/** Shape of a dense decoder of the llama family. Qwen2 adds biases to q, k and v; Qwen3 norms q and k by head. */
export type DecoderConfig = z.infer<typeof DecoderConfig>;

/** Fails with `refused` for another architecture or a feature that would be computed wrongly, `malformed` for nonsense. */
export function decoderConfig({ metadata, tensors }: Gguf): DecoderConfig {
  const architecture = String(metadata.get("general.architecture"));
  const key = (name: string) => metadata.get(`${architecture}.${name}`);
  refuse(
    !["llama", "qwen2", "qwen3"].includes(architecture),
    `the architecture ${architecture.slice(0, 40)}`,
  );
  refuse((key("expert_count") ?? 0) !== 0, "mixtures of experts");
  refuse(
    !["none", "linear", undefined].includes(textOrNothing(key("rope.scaling.type"))),
    "this rope scaling",
  );
  refuse(
    Number(metadata.get("split.count") ?? 0) > 1,
    "a file of several parts (join them with llama-gguf-split --merge)",
  );
  const heads = key("attention.head_count");
  const hidden = key("embedding_length");
  const headDim = key("attention.key_length") ?? Number(hidden) / Number(heads);
  refuse((key("attention.value_length") ?? headDim) !== headDim, "values of another size than keys");
  refuse((key("rope.dimension_count") ?? headDim) !== headDim, "rotation of a part of each head");
  const parsed = DecoderConfig.safeParse({
    architecture,
    blocks: key("block_count"),
    hidden,
    feedForward: key("feed_forward_length"),
    heads,
    kvHeads: key("attention.head_count_kv") ?? heads,
    headDim,
    vocabulary: tensors.get("token_embd.weight")?.dims[1],
    contextLength: key("context_length"),
    ropeBase: key("rope.freq_base") ?? 10_000,
    ropeScale: key("rope.scaling.factor") ?? 1,
    epsilon: key("attention.layer_norm_rms_epsilon"),
  });
  if (parsed.success) return checked(parsed.data);
  const [issue] = parsed.error.issues;
  throw new Failure(
    "malformed",
    `the file's metadata makes no decoder: ${issue?.path.join(".")}: ${issue?.message}`,
    {
      hint: "The file is damaged, or made by a tool that leaves things out.",
    },
  );
}

function checked(config: DecoderConfig): DecoderConfig {
  refuse(config.heads % config.kvHeads !== 0, "this number of key-value heads");
  refuse(config.hidden % 32 !== 0 || config.feedForward % 32 !== 0, "widths that are no multiple of 32");
  refuse((config.heads * config.headDim) % 32 !== 0 || config.headDim % 2 !== 0, "this size of heads");
  return config;
}

const textOrNothing = (value: unknown): string | undefined =>
  value === undefined ? undefined : String(value);

function refuse(when: boolean, what: string): void {
  if (!when) return;
  throw new Failure("refused", `${what} cannot be converted`, {
    hint: "Converted are dense llama, qwen2 and qwen3 decoders. Serve others with llama.cpp or vLLM behind the openai back end.",
  });
}
