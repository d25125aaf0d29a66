/** Signed, hash-chained record of a tool call or a replay; anyone can verify it offline. */
import { z } from "zod";
import { canonicalJson, digest } from "./canonical.ts";
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

/** What the first receipt of a session has for a predecessor. */
export const NO_RECEIPT: Sha256 = "0".repeat(64);

/** What is signed: the receipt without its signature, behind a line that no other message of ours begins with. */
export const receiptMessage = ({
  signature: _,
  ...signed
}: Omit<Receipt, "signature"> & { signature?: string }) =>
  new TextEncoder().encode(`orrery/receipt/1\n${canonicalJson(signed)}`);

/** What the next receipt names as `prev`; the signature is part of it. */
export const receiptDigest = (receipt: Receipt): Sha256 => digest(receipt);

/** All receipts of a session in order, from `session.open` to `session.close`: a blob of canonical JSON. */
export const ReceiptBook = z.object({
  version: z.literal(1),
  session: Id,
  receipts: z.array(Receipt).min(1).max(10_002),
});
export type ReceiptBook = z.infer<typeof ReceiptBook>;
