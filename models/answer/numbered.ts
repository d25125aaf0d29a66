/** Chunks before they have their number, so that one place counts. */
import type { GenerateChunk, ModelUsage } from "../../protocol/model.ts";

export type Unnumbered = GenerateChunk extends infer Chunk
  ? Chunk extends unknown
    ? Omit<Chunk, "seq">
    : never
  : never;

export const numbered = (chunk: Unnumbered, seq: number): GenerateChunk =>
  ({ ...chunk, seq }) as GenerateChunk;

export const NO_USAGE: ModelUsage = {
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  droppedTokens: 0,
  passes: 1,
  prefillMs: 0,
  decodeMs: 0,
};
