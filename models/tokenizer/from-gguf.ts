/** The tokenizer inside a GGUF file as a `tokenizer.json`, for byte-level BPE with a known way to split words. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import type { Gguf } from "../gguf/read-gguf.ts";
import type { TokenizerFile } from "./hugging-face.ts";

const Split = (pattern: string, behavior: "Isolated" | "Removed", invert: boolean) => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior,
  invert,
});
const ByteLevel = (useRegex: boolean) => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});

const WORDS = (digits: string) =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

/** By `tokenizer.ggml.pre`, as llama.cpp's `llama-vocab.cpp` has them. */
const SPLITS: Readonly<Record<string, readonly unknown[]>> = {
  "gpt-2": [ByteLevel(true)],
  // Digits one by one. The library's own `Digits` knows ASCII only.
  smollm: [Split("\\p{N}", "Isolated", false), ByteLevel(true)],
  "llama-bpe": [Split(WORDS("\\p{N}{1,3}"), "Isolated", false), ByteLevel(false)],
  qwen2: [Split(WORDS("\\p{N}"), "Isolated", false), ByteLevel(false)],
};

/** Kinds of entries in `tokenizer.ggml.token_type`. */
const CONTROL = 3;
const USER_DEFINED = 4;

const TokenId = z.number().int().nonnegative();
const Metadata = z.object({
  model: z.literal("gpt2"),
  pre: z.string().default("gpt-2"),
  tokens: z.array(z.string()).min(1),
  token_type: z.array(z.number()).optional(),
  merges: z.array(z.string().regex(/^[^ ]+ [^ ]+$/)),
  bos_token_id: TokenId.optional(),
  eos_token_id: TokenId.optional(),
  eot_token_id: TokenId.optional(),
  add_bos_token: z.boolean().default(false),
  add_eos_token: z.boolean().default(false),
});

export interface GgufTokenizer {
  readonly file: TokenizerFile;
  /** Tokens that end an answer. */
  readonly ends: readonly number[];
  /** Token that begins every prompt. */
  readonly begin: number | null;
  /** Token that ends a text that is embedded. */
  readonly textEnd: number | null;
}

/** Fails with `refused` for a vocabulary of another kind or an unknown way to split words. */
export function tokenizerOfGguf({ metadata }: Gguf): GgufTokenizer {
  const entries = [...metadata].filter(([key]) => key.startsWith(PREFIX));
  const parsed = Metadata.safeParse(
    Object.fromEntries(entries.map(([key, value]) => [key.slice(PREFIX.length), value])),
  );
  if (!parsed.success)
    throw strange(String(metadata.get(`${PREFIX}model`)), String(metadata.get(`${PREFIX}pre`)));
  const { tokens, token_type: types = [], merges, pre, ...ids } = parsed.data;
  const split = SPLITS[pre];
  if (split === undefined) throw strange(parsed.data.model, pre);
  const added = tokens.flatMap((content, id) => {
    const special = types[id] === CONTROL;
    if (!special && types[id] !== USER_DEFINED) return [];
    return [{ id, content, special, single_word: false, lstrip: false, rstrip: false, normalized: false }];
  });
  const file: TokenizerFile = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: "Sequence", pretokenizers: split },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map((merge) => merge.split(" ", 2)),
    },
  };
  return {
    file,
    ends: endsOf(tokens, ids),
    begin: ids.add_bos_token ? (ids.bos_token_id ?? null) : null,
    textEnd: ids.add_eos_token ? (ids.eos_token_id ?? null) : null,
  };
}

const PREFIX = "tokenizer.ggml.";
/** Ends of a turn by name, for files that only name the end of the text. */
const END_NAMES = ["<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<|end_of_text|>"];

function endsOf(
  tokens: readonly string[],
  ids: { eos_token_id?: number | undefined; eot_token_id?: number | undefined },
): number[] {
  const named = END_NAMES.map((name) => tokens.indexOf(name)).filter((id) => id >= 0);
  const told = [ids.eos_token_id, ids.eot_token_id].filter((id) => id !== undefined);
  return [...new Set([...told, ...named])].sort((a, b) => a - b);
}

const strange = (model: string, pre: string): Failure =>
  new Failure("refused", "the file's tokenizer cannot be converted", {
    meta: { model: model.slice(0, 64), pre: pre.slice(0, 64) },
    hint: `Converted are byte-level vocabularies (gpt2) with one of ${Object.keys(SPLITS).join(", ")}.`,
  });
