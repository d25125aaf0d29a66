/** Signed, hash-chained record of a tool call or a replay; anyone can verify it offline. */
import { z } from "zod";
import { boundedRecord, Id, Json, Sha256, Timestamp } from "./ids.ts";

export const Receipt = z.object({
  session: Id,
  seq: z.number().int().nonnegative(),
  /** Digest of the previous receipt of the session; 64 zeros for the first. */
  prev: Sha256,
  kind: z.string().max(64),
  request: Sha256,
  response: Sha256.nullable(),
  /** Failures are receipts too. */
  failure: z.string().max(64).nullable(),
  cost: boundedRecord(z.string().max(64), z.number(), 32).optional(),
  detail: Json.optional(),
  at: Timestamp,
  signer: z.string().max(128),
  signature: z.string().max(256),
});
export type Receipt = z.infer<typeof Receipt>;
