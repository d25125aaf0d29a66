/** What kinds of OpenAI-compatible servers understand beyond the common part, and under which names. */
import { z } from "zod";
import type { Sampling } from "../../protocol/model.ts";

export const Dialect = z.enum(["openai", "vllm", "sglang", "llama.cpp"]);
export type Dialect = z.infer<typeof Dialect>;

export interface DialectRules {
  /** How this server calls the limit of tokens given. */
  readonly maxTokens: "max_tokens" | "max_completion_tokens";
  /** Stop texts it takes. */
  readonly stops: number;
  /** Fields for sampling that the common part has not. What has no name here is refused, never dropped in silence. */
  readonly sampling: Readonly<Partial<Record<"topK" | "minP" | "repetitionPenalty" | "ignoreEnd", string>>>;
  /** It takes a prompt of token ids. */
  readonly tokenPrompts: boolean;
  /** Asks it to name the tokens of an answer by id; some do so only beside log probabilities. */
  readonly tokenIds: "with-logprobs" | Readonly<Record<string, boolean>>;
  /** It tells log probabilities of a prompt, in vLLM's form. */
  readonly promptLogprobs: boolean;
  /** It takes a `cache_salt`: only requests with the same one go on from what this one reads. */
  readonly cacheSalt: boolean;
  /** Path beside `/v1` where it tells its version: part of what decides the last digits of its probabilities. */
  readonly version: string | undefined;
  /** Path beside `/v1` and field of the text, when it counts tokens. */
  readonly tokenize: { readonly path: string; readonly text: string } | undefined;
}

const COMMON_EXTRAS = {
  topK: "top_k",
  minP: "min_p",
  repetitionPenalty: "repetition_penalty",
  ignoreEnd: "ignore_eos",
} as const;

export const DIALECTS: Readonly<Record<Dialect, DialectRules>> = {
  openai: {
    maxTokens: "max_completion_tokens",
    stops: 4,
    sampling: {},
    tokenPrompts: true,
    tokenIds: {},
    promptLogprobs: false,
    cacheSalt: false,
    version: undefined,
    tokenize: undefined,
  },
  vllm: {
    maxTokens: "max_tokens",
    // Seen in 0.32; older versions took more.
    stops: 4,
    sampling: COMMON_EXTRAS,
    tokenPrompts: true,
    tokenIds: { return_token_ids: true },
    promptLogprobs: true,
    cacheSalt: true,
    version: "version",
    tokenize: { path: "tokenize", text: "prompt" },
  },
  sglang: {
    maxTokens: "max_tokens",
    stops: 16,
    sampling: COMMON_EXTRAS,
    tokenPrompts: true,
    tokenIds: {},
    promptLogprobs: false,
    cacheSalt: true,
    version: undefined,
    tokenize: { path: "tokenize", text: "prompt" },
  },
  "llama.cpp": {
    maxTokens: "max_tokens",
    stops: 16,
    sampling: { ...COMMON_EXTRAS, repetitionPenalty: "repeat_penalty" },
    tokenPrompts: true,
    tokenIds: "with-logprobs",
    promptLogprobs: false,
    cacheSalt: false,
    version: undefined,
    tokenize: { path: "tokenize", text: "content" },
  },
};

/** The value at which a field of sampling says nothing. */
export const NEUTRAL: Readonly<Record<keyof DialectRules["sampling"], Sampling[keyof Sampling]>> = {
  topK: 0,
  minP: 0,
  repetitionPenalty: 1,
  ignoreEnd: false,
};
