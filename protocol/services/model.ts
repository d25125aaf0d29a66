import { z } from "zod";
import { boundedRecord, Sha256 } from "../ids.ts";
import {
  EmbedRequest,
  EmbedResult,
  GenerateChunk,
  GenerateRequest,
  ModelCard,
  ModelSnapshot,
  ScoreRequest,
  ScoreResult,
  TokenizeRequest,
  TokenizeResult,
} from "../model.ts";
import { event, MAX_METHOD_BYTES, request, service, stream } from "../service.ts";

/** Whose share of the model a request takes: a user of the front, a hotkey. Without it, the node that asks. */
const Caller = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .max(128);
const asked = <S extends z.ZodType>(body: S) => z.object({ caller: Caller.optional(), request: body });

const Count = z.number().int().nonnegative();
const Share = z.number().min(0).max(1);

const Ms = z.number().nonnegative();

/** What a model actor has done since it started, for those who look at it. */
export const ModelWork = z.object({
  /** Calls that were answered whole: texts, scores, embeddings. */
  answers: Count,
  /** Calls that failed, and not by the caller's fault. */
  failed: Count,
  /** Tokens read, less those that a cache had, and tokens given. */
  promptTokens: Count,
  completionTokens: Count,
  /** From the request to the first token, waiting in line with it, over the latest answers; null before there was one. */
  firstTokenMs: z.object({ p50: Ms, p95: Ms }).nullable(),
});
export type ModelWork = z.infer<typeof ModelWork>;

/** One model of one node: what it is, and how much it has to do. */
export const ModelReport = z.object({
  /** Routing key under which it is asked. */
  actor: z.string().max(64),
  node: z.string().max(128),
  at: z.number().int(),
  card: ModelCard,
  status: z.enum(["unloaded", "loading", "ready", "failed"]),
  slots: z.number().int().positive(),
  running: Count,
  waiting: Count,
  memoryUsage: Share,
  work: ModelWork.optional(),
  /** What the machine has, e.g. `gpu: "NVIDIA H100"`, `vramBytes`. */
  labels: boundedRecord(z.string().max(64), z.string().max(256), 32),
});
export type ModelReport = z.infer<typeof ModelReport>;

/** A context that was read, for other actors with the same weights to go on from. */
export const KeptContext = z.object({ link: Sha256, snapshot: ModelSnapshot });
export type KeptContext = z.infer<typeof KeptContext>;

const callers = ["gateway", "validator", "scorer", "sandbox"] as const;
const key = "actor";

export const Models = service(
  "model",
  1,
  { servedBy: ["model"], summary: "Inference: long contexts in, numbered chunks out." },
  {
    generate: stream(asked(GenerateRequest), GenerateChunk, {
      calledBy: callers,
      key,
      timeoutMs: 3_600_000,
      maxBytes: 512 * 1024,
      summary: "An answer as it is made: progress of the prompt, tokens, and an end with usage.",
    }),
    score: request(asked(ScoreRequest), ScoreResult, {
      calledBy: callers,
      key,
      timeoutMs: 1_800_000,
      maxBytes: MAX_METHOD_BYTES,
      summary: "Log probabilities of the tokens of a given text, at the cost of one prefill.",
    }),
    embed: request(asked(EmbedRequest), EmbedResult, {
      calledBy: callers,
      key,
      timeoutMs: 600_000,
      maxBytes: MAX_METHOD_BYTES,
      summary: "A vector for each text, where the model can.",
    }),
    tokenize: request(asked(TokenizeRequest), TokenizeResult, {
      calledBy: callers,
      key,
      timeoutMs: 600_000,
      maxBytes: MAX_METHOD_BYTES,
      summary: "The model's own tokens of a text.",
    }),
    report: event(ModelReport, {
      calledBy: [...callers, "model"],
      summary: "A model is there, and has so much to do.",
    }),
    kept: event(KeptContext, {
      calledBy: ["model"],
      summary: "A context was read; its state is a blob.",
    }),
  },
);
