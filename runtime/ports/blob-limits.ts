/** What every blob store does the same way: bytes in, reference out, nothing too large, no reference unchecked. */
import { BLOB_LIMIT, BlobRef } from "../../protocol/blob.ts";
import { Failure } from "../../protocol/failure.ts";

export const blobBytes = (data: Uint8Array | string): Uint8Array =>
  typeof data === "string" ? new TextEncoder().encode(data) : data;

/** The reference of these bytes. Fails with `too-large` above 64 MiB. */
export function blobRefOf(bytes: Uint8Array, mediaType?: string): BlobRef {
  if (bytes.byteLength > BLOB_LIMIT) {
    throw new Failure("too-large", "a blob must be at most 64 MiB", { meta: { bytes: bytes.byteLength } });
  }
  const ref = { sha256: sha256(bytes), size: bytes.byteLength };
  return checkedRef(mediaType === undefined ? ref : { ...ref, mediaType });
}

/** References come from the wire and end up in file names: only a well-formed one passes. */
export function checkedRef(ref: BlobRef): BlobRef {
  const parsed = BlobRef.safeParse(ref);
  if (parsed.success) return parsed.data;
  throw new Failure("malformed", "this is not a blob reference", { cause: parsed.error });
}

export const matches = (ref: BlobRef, bytes: Uint8Array): boolean =>
  bytes.byteLength === ref.size && sha256(bytes) === ref.sha256;

export const missingBlob = (ref: BlobRef): Failure =>
  new Failure("not-found", "there is no such blob", { meta: { sha256: ref.sha256, size: ref.size } });

export const corruptBlob = (ref: BlobRef): Failure =>
  new Failure("corrupt", "the stored bytes are not those that were put", {
    meta: { sha256: ref.sha256, size: ref.size },
    hint: "The damaged copy was removed; store the blob again.",
  });

const sha256 = (bytes: Uint8Array): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
