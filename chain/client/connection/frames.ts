/** JSON-RPC 2.0 frames from a node: what they may look like, and what the node's own errors become. */
import { z } from "zod";
import { cutText } from "../../../protocol/cut-text.ts";
import { Failure } from "../../../protocol/failure.ts";

const RpcErrorBody = z.object({
  code: z.number().int(),
  message: z.string(),
  data: z.unknown().optional(),
});

const Answer = z.object({
  id: z.number().int(),
  result: z.unknown().optional(),
  error: RpcErrorBody.optional(),
});
const Notice = z.object({
  method: z.string(),
  params: z.object({ subscription: z.union([z.string().max(200), z.number()]), result: z.unknown() }),
});
/** The node could not even read the request, so it cannot name it. */
const Anonymous = z.object({ id: z.null().optional(), error: RpcErrorBody });

export type Frame =
  | { kind: "answer"; id: number; result: unknown; error: z.infer<typeof RpcErrorBody> | undefined }
  | { kind: "notice"; subscription: string; result: unknown }
  | { kind: "complaint"; error: z.infer<typeof RpcErrorBody> };

/** Metadata is the largest answer there is, and less than a tenth of this. */
const MAX_FRAME = 32 << 20;

/** Undefined for what is no JSON-RPC: the peer is no node, or not in its right mind. */
export function readFrame(text: string): Frame | undefined {
  if (text.length > MAX_FRAME) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const answer = Answer.safeParse(value);
  if (answer.success) {
    const { id, result, error } = answer.data;
    return { kind: "answer", id, result, error };
  }
  const notice = Notice.safeParse(value);
  if (notice.success) {
    const { subscription, result } = notice.data.params;
    return { kind: "notice", subscription: `${subscription}`, result };
  }
  const complaint = Anonymous.safeParse(value);
  return complaint.success ? { kind: "complaint", error: complaint.data.error } : undefined;
}

/** Public endpoints refuse who asks too much with one of these. */
const TOO_MANY = new Set([-32_005, -32_029, 429]);

/** A node's error as a failure; code and data stay in its meta for those who can read them. */
export function rpcFailure(method: string, error: z.infer<typeof RpcErrorBody>): Failure {
  const data = error.data === undefined ? undefined : cutText(textOf(error.data), 500);
  return new Failure(TOO_MANY.has(error.code) ? "overloaded" : "refused", cutText(error.message, 500), {
    meta: { method, rpcCode: error.code, ...(data === undefined ? {} : { rpcData: data }) },
  });
}

const textOf = (data: unknown): string => (typeof data === "string" ? data : (JSON.stringify(data) ?? ""));
