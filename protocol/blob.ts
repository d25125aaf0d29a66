/** Large payloads travel beside the message: a reference here, the bytes by a stream, checked on read. */
import { z } from "zod";
import { Sha256 } from "./ids.ts";

/** Bodies above this size, in bytes, travel as blobs. */
export const INLINE_LIMIT = 64 * 1024;
/** Largest blob, in bytes. A context of 2M tokens is about 8 MB. */
export const BLOB_LIMIT = 64 * 1024 * 1024;

export const BlobRef = z.object({
  sha256: Sha256,
  size: z.number().int().min(0).max(BLOB_LIMIT),
  mediaType: z.string().max(128).optional(),
});
export type BlobRef = z.infer<typeof BlobRef>;
