/** The session port: one graph in memory, and sequences that it reads one chunk after the other. */
import type { DecoderShape, State } from "./decoder-shape.ts";
import type { Tensor } from "./tensor.ts";

/** State of one sequence as plain bytes: what `take` gives, `put` takes in any process with the same graph. */
export interface StateBytes {
  readonly state: State;
  /** Tokens along the open axis; 0 for fixed states. */
  readonly length: number;
  readonly data: Uint8Array;
}

/** The memory of one sequence. Not for two runs at once. */
export interface StateMemory {
  /** Contents after so many tokens. */
  take(tokens: number): StateBytes[];
  /** Replaces the contents. The bytes have been checked against the shape. */
  put(parts: readonly StateBytes[]): void;
  /** As another one of this session is after so many tokens, of which the first `same` are here already. */
  copy(from: StateMemory, tokens: number, same: number): void;
  /** As new. */
  reset(): void;
  /** What lies after so many tokens is forgotten. Only without fixed states. */
  rewind(tokens: number): void;
  close(): void;
}

/** Memories of several sequences side by side. */
export interface StateRows {
  readonly rows: readonly StateMemory[];
  /** From so many tokens on a row takes less time for a step alone than for its share of one together. */
  readonly aloneFrom: number;
  /** The rows from one up to another as one memory, for a step that they take together. */
  between(from: number, to: number): StateMemory;
  close(): void;
}

export interface Session {
  readonly runtime: "c-api" | "n-api";
  readonly version: string;
  readonly device: string;
  readonly shape: DecoderShape;
  /** Memory for one sequence of at most `capacity` tokens. */
  openState(capacity: number): StateMemory;
  /** Where sequences of different lengths can take a step together. */
  openRows?: (capacity: number, rows: number) => StateRows;
  /** One step. `feeds` are all inputs but the states; gives the one output that is wanted, as it comes. */
  run(
    feeds: ReadonlyMap<string, Tensor>,
    memory: StateMemory,
    wanted: "logits" | "hidden" | "nothing",
  ): Promise<Tensor | undefined>;
  close(): Promise<void>;
}

/**
 * Microseconds for which a thread may spin when it waits for work, where it may not do so for ever: most waits within a step are
 * shorter, and to sleep and be woken takes longer.
 */
export const SPIN_US = 20;

export interface OpenSession {
  graph: string;
  threads: number;
  /** Threads spin for as long as they wait: faster where nobody else wants the processors, many times slower where somebody does. */
  spin: boolean;
  /** Where to compute; the C API is for the CPU. */
  device: "cpu" | "cuda" | "webgpu";
}
