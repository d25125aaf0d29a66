/** Blobs in memory, bounded in total. Bytes are copied in and out, so nobody can change what was stored. */
import type { BlobRef } from "../../protocol/blob.ts";
import { Failure } from "../../protocol/failure.ts";
import { blobBytes, blobRefOf, checkedRef, missingBlob } from "./blob-limits.ts";
import type { Blobs } from "./blobs.ts";

/** `maxBytes` bounds all blobs together, 1 GiB by default; past it `put` fails with `storage`. */
export function createMemoryBlobs(options: { maxBytes?: number } = {}): Blobs {
  const maxBytes = options.maxBytes ?? 1024 ** 3;
  const stored = new Map<string, Uint8Array>();
  let total = 0;
  const find = (ref: BlobRef): Uint8Array | undefined => {
    const bytes = stored.get(checkedRef(ref).sha256);
    return bytes?.byteLength === ref.size ? bytes : undefined;
  };
  return {
    async put(data, { mediaType } = {}) {
      const bytes = blobBytes(data);
      const ref = blobRefOf(bytes, mediaType);
      if (stored.has(ref.sha256)) return ref;
      if (total + ref.size > maxBytes) {
        throw new Failure("storage", "the blob store is full", {
          meta: { used: total, wanted: ref.size, maxBytes },
          hint: "Delete blobs that are no longer needed, or keep them in a directory.",
        });
      }
      stored.set(ref.sha256, bytes.slice());
      total += ref.size;
      return ref;
    },
    async get(ref, { signal } = {}) {
      if (signal?.aborted) throw new Failure("cancelled", "the read was cancelled", { cause: signal.reason });
      const bytes = find(ref);
      if (bytes === undefined) throw missingBlob(ref);
      return bytes.slice();
    },
    has: async (ref) => find(ref) !== undefined,
    async delete(ref) {
      if (find(ref) === undefined) return;
      stored.delete(ref.sha256);
      total -= ref.size;
    },
  };
}
