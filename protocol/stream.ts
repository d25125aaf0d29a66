/** What the frames of a stream carry besides chunks. */
import { z } from "zod";
import { Sha256 } from "./ids.ts";

/** Closes a stream: a reader that counted otherwise has a gap, and must fail. */
export const StreamEnd = z.object({
  /** Bytes of all chunk bodies. */
  bytes: z.number().int().nonnegative(),
  /** Digest of all chunk bodies, one after the other. */
  sha256: Sha256,
});
export type StreamEnd = z.infer<typeof StreamEnd>;
