/**
 * What is asked of a model and what it gives: one vocabulary for every back end. A long context travels as blobs,
 * an answer as numbered chunks; a gap in `seq` is an error.
 */
import { z } from "zod";
import { BlobRef, INLINE_LIMIT } from "./blob.ts";
import { Content } from "./content.ts";
import { boundedRecord, Json, Sha256 } from "./ids.ts";
import { ModelId } from "./model-id.ts";

export { ModelId };

/** Tokens that fit into one message; more travel as a blob of this media type, four bytes each, little-endian. */
export const MAX_INLINE_TOKENS = 65_536;
export const TOKENS_MEDIA_TYPE = "application/vnd.orrery.tokens";

export const TokenId = z.number().int().min(0).max(0xffff_fffe);
const Tokens = z.array(TokenId).max(MAX_INLINE_TOKENS);
const Count = z.number().int().nonnegative();
const Ms = z.number().nonnegative();
/** Natural logarithm of a probability; JSON has no minus infinity, so impossible is −9999, as vLLM writes it. */
export const Logprob = z.number().min(-9_999).max(0);

export const Message = z.object({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: Content,
  /** Calls that the assistant made, and which of them a tool's turn answers: passed through to back ends that know tools. */
  toolCalls: z.array(Json).max(128).optional(),
  toolCallId: z.string().max(256).optional(),
  name: z.string().max(128).optional(),
});
export type Message = z.infer<typeof Message>;

export const ModelInput = z.discriminatedUnion("type", [
  /** Turns of a conversation, put together by the model's own chat template. */
  z.object({
    type: z.literal("messages"),
    messages: z.array(Message).min(1).max(1_024),
    /** As the OpenAI API has them; a back end without tools or grammars refuses. */
    tools: z.array(Json).max(128).optional(),
    toolChoice: Json.optional(),
    responseFormat: Json.optional(),
  }),
  /** Text to go on with, as it is. */
  z.object({ type: z.literal("prompt"), prompt: Content }),
  z.object({ type: z.literal("tokens"), tokens: Tokens }),
]);
export type ModelInput = z.infer<typeof ModelInput>;

/** How the next token is drawn. Temperature 0 takes the most probable one and needs no seed. */
export const Sampling = z.object({
  temperature: z.number().min(0).max(2).default(0),
  topP: z.number().gt(0).max(1).default(1),
  /** 0 means all. */
  topK: z.number().int().min(0).max(1_000_000).default(0),
  minP: z.number().min(0).max(1).default(0),
  frequencyPenalty: z.number().min(-2).max(2).default(0),
  presencePenalty: z.number().min(-2).max(2).default(0),
  repetitionPenalty: z.number().gt(0).max(4).default(1),
  /** Texts that end the answer; they are not part of it, also when they cross chunks. */
  stop: z.array(z.string().min(1).max(256)).max(16).default([]),
  /** Log probabilities of the tokens given, each with this many alternatives; absent means none. */
  logprobs: z.number().int().min(0).max(20).optional(),
  /** Goes on past the end-of-text token: for measurements. */
  ignoreEnd: z.boolean().default(false),
});
export type Sampling = z.infer<typeof Sampling>;

/** What to do with an input above the context length. Nothing is ever cut in silence: usage tells what was. */
export const Overflow = z.enum(["refuse", "truncate-middle", "map-reduce"]);
export type Overflow = z.infer<typeof Overflow>;

export const GenerateLimits = z.object({
  /** Tokens given at most. With 0 the prompt is only read: what a snapshot of a context is made by. */
  maxTokens: z.number().int().min(0).max(1_000_000).default(256),
  /** Of those, what there must be room for: the answer is shorter where the context ends. Default: all of them. */
  leastTokens: z.number().int().min(1).max(1_000_000).optional(),
  /** Tokens read at most, below the model's own context length. */
  maxPromptTokens: z.number().int().min(1).max(1_000_000_000).optional(),
  /** Memory of the state (KV cache) at most, in bytes. */
  memoryBytes: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  overflow: Overflow.default("refuse"),
});
export type GenerateLimits = z.infer<typeof GenerateLimits>;

/** A model's memory after some tokens, to go on from in another process of the same model. */
export const ModelSnapshot = z.object({
  blob: BlobRef,
  /** Tokens it has read. */
  tokens: Count,
  /** Digest of the weights it belongs to; any other model refuses it. */
  weights: Sha256,
});
export type ModelSnapshot = z.infer<typeof ModelSnapshot>;

/** UTF-8 text, or tokens where the media type says so, that come before the input, in order. */
const Context = z.array(BlobRef).max(256);
const Seed = z.number().int().min(0).max(0xffff_ffff);

export const GenerateRequest = z.object({
  model: ModelId,
  context: Context.default([]),
  input: ModelInput,
  sampling: Sampling.prefault({}),
  limits: GenerateLimits.prefault({}),
  seed: Seed.default(0),
  /** Goes on from here; context and input are then only what comes after it. */
  resume: ModelSnapshot.optional(),
  /** The end carries a snapshot of the state. */
  snapshot: z.boolean().default(false),
  /** Only requests with the same salt go on from what this one reads; without one, only those of the same caller. */
  cacheSalt: z.string().min(1).max(256).optional(),
});
export type GenerateRequest = z.infer<typeof GenerateRequest>;

/** A server behind the OpenAI API may name a token by its text alone; one of ours names it by its id, and the text follows. */
const NamedToken = z.object({ token: TokenId.nullable(), text: z.string().max(1_024).optional() });
const TokenLogprob = NamedToken.extend({ logprob: Logprob });
export type TokenLogprob = z.infer<typeof TokenLogprob>;
/** One token of the answer and the most probable ones in its place, best first. */
export const ChosenLogprob = TokenLogprob.extend({ top: z.array(TokenLogprob).max(20) });
export type ChosenLogprob = z.infer<typeof ChosenLogprob>;

/** The OpenAI API's words. */
export const FinishReason = z.enum(["stop", "length", "tool_calls", "content_filter"]);
export type FinishReason = z.infer<typeof FinishReason>;

export const ModelUsage = z.object({
  promptTokens: Count,
  completionTokens: Count,
  /** Of the prompt: read from a cache or a snapshot. */
  cachedTokens: Count.default(0),
  /** Of the input: left out by an overflow policy. */
  droppedTokens: Count.default(0),
  /** Passes over parts of the input that map-reduce made; 1 without it. */
  passes: z.number().int().min(1).default(1),
  prefillMs: Ms,
  decodeMs: Ms,
});
export type ModelUsage = z.infer<typeof ModelUsage>;

/** `seq` counts the chunks of one answer from 0; `end` is the last one. */
export const GenerateChunk = z.discriminatedUnion("type", [
  /** Tokens of the prompt read so far. */
  z.object({ type: z.literal("prefill"), seq: Count, done: Count, total: Count }),
  /** Text may lag behind tokens where a token ends inside a character or a stop text may have begun. */
  z.object({
    type: z.literal("tokens"),
    seq: Count,
    tokens: z.array(TokenId).max(4_096),
    text: z.string().max(INLINE_LIMIT),
    logprobs: z.array(ChosenLogprob).max(4_096).optional(),
  }),
  z.object({ type: z.literal("tool-calls"), seq: Count, calls: z.array(Json).max(128) }),
  z.object({
    type: z.literal("end"),
    seq: Count,
    finishReason: FinishReason,
    usage: ModelUsage,
    snapshot: ModelSnapshot.optional(),
  }),
]);
export type GenerateChunk = z.infer<typeof GenerateChunk>;

/** Asks how probable a given text is, token by token, at the cost of one prefill. */
export const ScoreRequest = z.object({
  model: ModelId,
  context: Context.default([]),
  input: ModelInput,
  /** Positions in the whole input to report, ascending; all of them when absent. Position 0 has no probability. */
  positions: z.array(z.number().int().min(1)).max(16_384).optional(),
  /** Alternatives at each position. */
  top: z.number().int().min(0).max(20).default(0),
});
export type ScoreRequest = z.infer<typeof ScoreRequest>;

export const ScoreResult = z.object({
  /** Tokens of the whole input. */
  tokens: Count,
  /** What stands at position 0, where the back end knows. */
  first: NamedToken.optional(),
  scores: z.array(ChosenLogprob.extend({ position: z.number().int().min(1) })).max(16_384),
  usage: ModelUsage,
});
export type ScoreResult = z.infer<typeof ScoreResult>;

/** Numbers of all vectors of one answer at most: what fits into a message. */
export const MAX_VECTOR_NUMBERS = 65_536;

/** Content is text; tokens are taken as they are. */
export const EmbedInput = z.union([Content, z.object({ type: z.literal("tokens"), tokens: Tokens })]);
export type EmbedInput = z.infer<typeof EmbedInput>;

export const EmbedRequest = z.object({
  model: ModelId,
  inputs: z.array(EmbedInput).min(1).max(256),
  /** Shorter vectors than the model's own, where its card says that it was trained for them. */
  dimensions: z.number().int().min(1).max(MAX_VECTOR_NUMBERS).optional(),
});
export type EmbedRequest = z.infer<typeof EmbedRequest>;

/** Every vector has length 1. */
export const EmbedResult = z.object({
  vectors: z.array(z.array(z.number()).max(65_536)).max(256),
  usage: ModelUsage,
});
export type EmbedResult = z.infer<typeof EmbedResult>;

export const TokenizeRequest = z.object({ model: ModelId, context: Context.default([]), input: ModelInput });
export type TokenizeRequest = z.infer<typeof TokenizeRequest>;

/** Tokens that one message cannot hold come as a blob of `TOKENS_MEDIA_TYPE`. */
export const TokenizeResult = z.object({
  count: Count,
  tokens: z.discriminatedUnion("type", [
    z.object({ type: z.literal("inline"), tokens: Tokens }),
    z.object({ type: z.literal("blob"), blob: BlobRef }),
  ]),
});
export type TokenizeResult = z.infer<typeof TokenizeResult>;

/** How a model makes embeddings. */
export const Embedding = z.object({
  /** Numbers of a vector. */
  dimensions: z.number().int().min(1).max(MAX_VECTOR_NUMBERS),
  /** What becomes of the states of a text's tokens: their mean, the first, or the last. */
  pooling: z.enum(["mean", "cls", "last"]).optional(),
  /** Trained so that the first numbers of a vector are one by themselves (Matryoshka, arXiv 2205.13147). */
  shortens: z.boolean().default(false),
});
export type Embedding = z.infer<typeof Embedding>;

/** What a model is, exactly enough to tell it from any other: recorded in evidence. */
export const ModelCard = z.object({
  id: ModelId,
  /** Version of the weights as their makers name it. */
  revision: z.string().max(128),
  summary: z.string().max(1_000),
  licence: z.string().max(128),
  architecture: z.string().max(64),
  parameters: Count.nullable(),
  /** Null where the weights are not here, as with a hosted model. */
  weights: Sha256.nullable(),
  tokenizer: Sha256.nullable(),
  vocabulary: Count,
  /** Tokens of prompt and answer together. */
  contextLength: z.number().int().positive(),
  /** Of weights and arithmetic, e.g. `q8/f32`. */
  dtype: z.string().max(64),
  device: z.string().max(128),
  backend: z.string().max(64),
  /** Versions of what computes: library, graph writer. */
  versions: boundedRecord(z.string().max(64), z.string().max(128), 16),
  /** Memory of the state: so much at once, so much for each token. */
  state: z.object({ fixedBytes: Count, bytesPerToken: Count }),
  can: z.object({ embed: z.boolean(), score: z.boolean(), snapshot: z.boolean(), tools: z.boolean() }),
  /** Where it can embed and its server tells how. */
  embedding: Embedding.optional(),
});
export type ModelCard = z.infer<typeof ModelCard>;
