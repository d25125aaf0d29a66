import { z } from "zod";
import { Content } from "../content.ts";
import { Name, Sha256 } from "../ids.ts";
import { GenerateChunk, GenerateRequest, ModelCard, ModelId } from "../model.ts";
import { MAX_METHOD_BYTES, request, service, stream } from "../service.ts";
import { Program } from "../submission.ts";
import { PublicTask } from "../task.ts";

export const SubmissionRequest = z.object({
  subnet: Name,
  round: z.number().int().nonnegative(),
  kind: Name,
  /** Digest of the program that the validator already holds: an unchanged one need not travel again. */
  have: Sha256.optional(),
});
export type SubmissionRequest = z.infer<typeof SubmissionRequest>;

export const SubmissionReply = z.discriminatedUnion("status", [
  z.object({ status: z.literal("program"), program: Program }),
  z.object({ status: z.literal("unchanged") }),
  z.object({ status: z.literal("none") }),
]);
export type SubmissionReply = z.infer<typeof SubmissionReply>;

export const AnswerChunk = z.object({ content: Content });
export type AnswerChunk = z.infer<typeof AnswerChunk>;

/** What a miner says that it runs; a claim, which a challenge is there to check. */
export const CardReply = z.discriminatedUnion("status", [
  z.object({ status: z.literal("card"), card: ModelCard }),
  z.object({ status: z.literal("none") }),
]);
export type CardReply = z.infer<typeof CardReply>;

export const Miner = service(
  "miner",
  1,
  { servedBy: ["miner"], summary: "What a miner offers: its program, answers, and its model." },
  {
    submission: request(SubmissionRequest, SubmissionReply, {
      calledBy: ["validator"],
      key: "uid",
      timeoutMs: 10_000,
      maxBytes: MAX_METHOD_BYTES,
      summary: "Hand in the program for one kind of task.",
    }),
    answer: stream(PublicTask, AnswerChunk, {
      calledBy: ["validator"],
      key: "uid",
      timeoutMs: 1_800_000,
      summary: "Answer a task as a stream of content parts.",
    }),
    card: request(z.object({ model: ModelId }), CardReply, {
      calledBy: ["validator"],
      key: "uid",
      timeoutMs: 10_000,
      summary: "What the miner says of the model that it serves under this name.",
    }),
    generate: stream(GenerateRequest, GenerateChunk, {
      calledBy: ["validator"],
      key: "uid",
      timeoutMs: 1_800_000,
      // A prompt of tokens; chunks are small.
      maxBytes: 512 * 1024,
      summary: "An answer of the miner's own model, with log probabilities where they are asked for.",
    }),
  },
);
