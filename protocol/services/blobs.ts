import { z } from "zod";
import { BLOB_LIMIT, BlobRef } from "../blob.ts";
import { service, stream } from "../service.ts";

export const BlobRead = z.object({
  blob: BlobRef,
  /** Resume here, in bytes. */
  offset: z.number().int().min(0).max(BLOB_LIMIT).default(0),
});
export type BlobRead = z.infer<typeof BlobRead>;

/** Base64 would cost a third: chunk bodies travel as raw bytes, see the stream's binary frames. */
export const BlobChunk = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

export const Blobs = service(
  "blobs",
  1,
  {
    servedBy: ["validator"],
    summary: "Large public payloads, by digest, for miners who may not read the store.",
  },
  {
    read: stream(BlobRead, BlobChunk, {
      calledBy: ["miner"],
      // The serving validator's uid, found in the task: a miner may read from every validator that asks it.
      key: "validator",
      timeoutMs: 600_000,
      maxBytes: 256 * 1024,
      summary: "Bytes of a public blob from an offset; sha256 is checked by the reader.",
    }),
  },
);
