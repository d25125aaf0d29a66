/** What ends a stream: the reader compares it with what arrived. */
import { z } from "zod";
import { Sha256 } from "./ids.ts";

export const StreamEnd = z.object({
  /** Sum of the encoded chunk bodies. */
  bytes: z.number().int().nonnegative(),
  /** Over the encoded chunk bodies in order. */
  sha256: Sha256,
});
export type StreamEnd = z.infer<typeof StreamEnd>;
