/** Evidence for people: read from blobs a few at a time, none too large, shortened to what a page can show. */
import type { BlobRef } from "../../protocol/blob.ts";
import { Evidence } from "../../protocol/evidence.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Json } from "../../protocol/ids.ts";
import type { EvidenceView } from "../../protocol/views.ts";
import type { Blobs } from "../../runtime/ports/index.ts";
import { getJson } from "../json-blob.ts";
import { clip } from "./clip.ts";

/** Larger blobs are not parsed here: it would hold up everything else that this process does. */
export const MAX_EVIDENCE_BYTES = 8 * 1024 * 1024;
const LIMITS = { text: 8_192, items: 200, total: 512 * 1024, depth: 32 };
const AT_ONCE = 4;

export function createEvidenceReader(
  blobs: Blobs,
): (ref: BlobRef, signal: AbortSignal) => Promise<EvidenceView> {
  let reading = 0;
  return async (ref, signal) => {
    if (ref.size > MAX_EVIDENCE_BYTES) {
      throw new Failure("too-large", "this evidence is too large to show", {
        meta: { bytes: ref.size, limit: MAX_EVIDENCE_BYTES },
        hint: "It is kept whole among the node's blobs, under its digest.",
      });
    }
    if (reading >= AT_ONCE) {
      throw new Failure("overloaded", "too many are reading evidence", {
        retryAfterMs: 1_000,
        hint: "Try again in a second.",
      });
    }
    reading++;
    try {
      const evidence = await getJson(blobs, ref, Evidence, signal);
      const { value, clipped } = clipEvidence(evidence);
      return { sha256: ref.sha256, clipped, evidence: value };
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (failure.code !== "malformed") throw failure;
      // It is what we stored, not what the reader asked for, that is wrong.
      throw new Failure("corrupt", "what is stored as evidence is not evidence", {
        meta: { sha256: ref.sha256 },
        cause: failure,
      });
    } finally {
      reading--;
    }
  };
}

function clipEvidence(evidence: Evidence): { value: Evidence; clipped: boolean } {
  const { value, clipped } = clip(evidence as unknown as Json, LIMITS);
  return { value: value as unknown as Evidence, clipped };
}
