/** What a lease's key holds: whose it is, for people; which acquisition it is, for the holder; and how long it lasts. */
import { z } from "zod";

export const LeaseRecord = z.object({
  owner: z.string().max(128),
  /** Unique per acquisition: tells one's own write, whose answer was lost, from somebody else's. */
  nonce: z.string().max(64),
  ttlMs: z.number().int().min(1).max(86_400_000),
  /** By the holder's clock; for people only, nothing is decided on it. */
  acquiredAt: z.number(),
});
export type LeaseRecord = z.infer<typeof LeaseRecord>;

export const encodeRecord = (record: LeaseRecord): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(record));

/** Undefined for anything that is not a lease record: it is then a holder nobody knows, and waited out. */
export function decodeRecord(value: Uint8Array): LeaseRecord | undefined {
  try {
    const parsed = LeaseRecord.safeParse(JSON.parse(new TextDecoder().decode(value)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
