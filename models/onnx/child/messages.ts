/** What the process with the model and the node that owns it tell each other. Typed arrays travel as they are. */
import { z } from "zod";
import { WireFailure } from "../../../protocol/failure.ts";
import {
  EmbedResult,
  GenerateChunk,
  type GenerateLimits,
  ModelCard,
  type Sampling,
  ScoreResult,
} from "../../../protocol/model.ts";
import type { Segment } from "../../request/read-input.ts";

/** How the child is started: JSON, its only argument. */
export const ChildConfig = z.object({
  /** Folder of the model's files. */
  folder: z.string(),
  runtime: z.enum(["c-api", "n-api"]),
  device: z.enum(["cpu", "cuda", "webgpu"]),
  threads: z.number().int().min(1).max(1_024),
  spin: z.boolean(),
  slots: z.number().int().min(1).max(256),
  /** Of the states of all answers in progress together. */
  stateBytes: z.number().int().positive(),
});
export type ChildConfig = z.infer<typeof ChildConfig>;

export type Order =
  | {
      readonly type: "generate";
      readonly call: number;
      readonly segments: readonly Segment[];
      readonly sampling: Sampling;
      readonly limits: GenerateLimits;
      readonly seed: number;
      readonly snapshot: boolean;
      readonly resume: { readonly bytes: Uint8Array; readonly tokens: number } | undefined;
      /** Calls that may go on from what this one reads, and it from what they have read. */
      readonly space: string;
      readonly remainingMs: number;
      /** Chunks it may send before it is given more. */
      readonly credit: number;
    }
  | {
      readonly type: "score";
      readonly call: number;
      readonly segments: readonly Segment[];
      readonly positions: readonly number[] | undefined;
      readonly top: number;
      readonly remainingMs: number;
    }
  | {
      readonly type: "embed";
      readonly call: number;
      readonly inputs: readonly (readonly Segment[])[];
      /** Numbers of a vector; undefined means all. */
      readonly dimensions: number | undefined;
      readonly remainingMs: number;
    }
  | { readonly type: "tokenize"; readonly call: number; readonly segments: readonly Segment[] }
  | { readonly type: "credit"; readonly call: number; readonly chunks: number }
  | { readonly type: "cancel"; readonly call: number };

const Call = z.number().int().nonnegative();
const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const Tokens = z.custom<Uint32Array>((value) => value instanceof Uint32Array);

/** Checked on arrival: native code shares the child's memory, and what it says may be nonsense. */
export const Report = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("ready"),
    card: ModelCard,
    longestToken: z.number().int().positive(),
    /** Answers that take a step together. */
    together: z.number().int().positive(),
  }),
  z.object({ type: z.literal("fatal"), failure: WireFailure }),
  z.object({
    type: z.literal("chunk"),
    call: Call,
    chunk: GenerateChunk,
    /** Beside the end, when a snapshot was asked for. */
    state: z.object({ bytes: Bytes, tokens: Call }).optional(),
  }),
  z.object({ type: z.literal("scored"), call: Call, result: ScoreResult }),
  z.object({ type: z.literal("embedded"), call: Call, result: EmbedResult }),
  z.object({ type: z.literal("tokenized"), call: Call, tokens: Tokens }),
  z.object({ type: z.literal("failed"), call: Call, failure: WireFailure }),
]);
export type Report = z.infer<typeof Report>;
