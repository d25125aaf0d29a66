/**
 * The model port: text in, numbered chunks out. One contract for every back end, whether the weights lie in a process
 * of ours, on a GPU server or nowhere at all.
 */
import type {
  EmbedRequest,
  EmbedResult,
  GenerateChunk,
  GenerateRequest,
  ModelCard,
  ScoreRequest,
  ScoreResult,
  TokenizeRequest,
  TokenizeResult,
} from "../protocol/model.ts";

/** How long the caller cares. The deadline is absolute, in milliseconds since the Unix epoch. */
export interface ModelCallOptions {
  signal?: AbortSignal | undefined;
  deadline?: number | undefined;
  /** A call may go on from what calls of the same space have read, and from nothing else. Default: a space of all without one. */
  space?: string | undefined;
}

export type ModelStatus = "unloaded" | "loading" | "ready" | "failed";

/**
 * Failures every back end uses alike, before any work: `not-found` for another model, `too-large` for what passes a
 * limit of tokens or memory, `timeout` for a deadline that has passed, `refused` for what the model cannot do or could not
 * finish in time, `overloaded` when every slot is taken. During work: `cancelled`, `timeout` for the deadline,
 * `unavailable` (infra) when the process behind it dies, `provider` when a server misbehaves, `gap` for a lost chunk.
 */
export interface Model {
  readonly status: ModelStatus;
  /** Answers it can work on at the same time. */
  readonly slots: number;
  card(): Promise<ModelCard>;
  /** Ready to answer; does nothing when it is. A model that failed is loaded anew. Progress is from 0 to 1. */
  load(options?: {
    signal?: AbortSignal | undefined;
    onProgress?: (step: { label: string; fraction: number }) => void;
  }): Promise<void>;
  /**
   * The answer as it is made, loading the model when needed. Pulling is the credit: a reader that stops pulling stops the
   * model after a few chunks, and one that leaves the loop frees the slot within one chunk of prefill or one token.
   */
  generate(request: GenerateRequest, options?: ModelCallOptions): AsyncIterable<GenerateChunk>;
  /** Log probabilities of the tokens of a given text. */
  score(request: ScoreRequest, options?: ModelCallOptions): Promise<ScoreResult>;
  /** Absent where `card().can.embed` is false. */
  embed?(request: EmbedRequest, options?: ModelCallOptions): Promise<EmbedResult>;
  tokenize(request: TokenizeRequest, options?: ModelCallOptions): Promise<TokenizeResult>;
  /** Ends answers in progress with `cancelled`, frees memory and processes. Safe to call twice; `load` brings it back. */
  unload(): Promise<void>;
}
