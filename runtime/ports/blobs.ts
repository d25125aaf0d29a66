/** Content-addressed bytes up to 64 MiB. Implementations: memory, directory, JetStream object store. */
import type { BlobRef } from "../../protocol/blob.ts";

export interface Blobs {
  /** Stores bytes (or text as UTF-8) and returns their reference. Storing the same bytes twice is free. */
  put(data: Uint8Array | string, options?: { mediaType?: string }): Promise<BlobRef>;
  /** The bytes, their sha256 checked. Fails with `not-found` or `corrupt`. */
  get(ref: BlobRef, options?: { signal?: AbortSignal }): Promise<Uint8Array>;
  has(ref: BlobRef): Promise<boolean>;
  delete(ref: BlobRef): Promise<void>;
}
