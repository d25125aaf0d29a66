import { z } from "zod";
import { Content } from "../content.ts";
import { Name, Sha256 } from "../ids.ts";
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

export const Miner = service(
  "miner",
  1,
  { servedBy: ["miner"], summary: "What a miner offers: its program, and answers." },
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
  },
);
