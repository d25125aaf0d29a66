/** Values kept as blobs of canonical JSON: the digest of the blob is the digest of the value. */
import type { z } from "zod";
import type { BlobRef } from "../protocol/blob.ts";
import { canonicalJson } from "../protocol/canonical.ts";
import { Failure } from "../protocol/failure.ts";
import type { Blobs } from "../runtime/ports/index.ts";

export const putJson = (blobs: Blobs, value: unknown): Promise<BlobRef> =>
  blobs.put(canonicalJson(value), { mediaType: "application/json" });

/** Reads and validates. Fails with `not-found`, `corrupt` or `malformed`. */
export async function getJson<T extends z.ZodType>(
  blobs: Blobs,
  ref: BlobRef,
  schema: T,
  signal?: AbortSignal,
): Promise<z.output<T>> {
  const bytes = await blobs.get(ref, signal === undefined ? {} : { signal });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new Failure("malformed", "a blob that should hold JSON does not", {
      meta: { sha256: ref.sha256 },
      cause,
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Failure("malformed", "a blob does not hold what it should", {
    meta: { sha256: ref.sha256, problem: parsed.error.issues[0]?.message ?? "invalid" },
  });
}
