/** Evidence for people: read from blobs a few at a time, none too large, shortened to what a page can show. */
import type { BlobRef } from "../../protocol/blob.ts";
import { Evidence } from "../../protocol/evidence.ts";
import { Failure } from "../../protocol/failure.ts";
import type { EvidenceView } from "../../protocol/views.ts";
import type { Blobs } from "../../runtime/ports/index.ts";
import { getJson } from "../json-blob.ts";
import { createClipper } from "./clip.ts";

/** Larger blobs are not parsed here: it would hold up everything else that this process does. */
export const MAX_EVIDENCE_BYTES = 8 * 1024 * 1024;
const LIMITS = { text: 8_192, items: 200, total: 512 * 1024, depth: 32 };
const MAX_CASES = 200;
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
      return { sha256: ref.sha256, ...clipEvidence(evidence) };
    } catch (thrown) {
      const failure = Failure.from(thrown);
      // It is what is stored, not what the reader asked for, that has the wrong form, or is nested without end.
      if (failure.code !== "malformed" && !(thrown instanceof RangeError)) throw failure;
      throw new Failure("corrupt", "what is stored as evidence is not evidence", {
        meta: { sha256: ref.sha256 },
        cause: failure,
      });
    } finally {
      reading--;
    }
  };
}

/** Only what strangers wrote is shortened: digests, outcomes and figures stay whole. */
function clipEvidence(evidence: Evidence): Pick<EvidenceView, "clipped" | "evidence"> {
  const clipper = createClipper(LIMITS);
  const { observed } = evidence;
  if (observed.type === "answer") {
    const content = observed.content.map((part) =>
      part.type === "text" ? { ...part, text: clipper.clip(part.text) } : part,
    );
    return { evidence: { ...evidence, observed: { ...observed, content } }, clipped: clipper.clipped };
  }
  // Figures, and two cards of bounded size.
  if (observed.type === "inference") return { evidence, clipped: false };
  const { run } = observed;
  const cases = run.cases.slice(0, MAX_CASES).map((each) => ({
    ...each,
    ...(each.output === undefined ? {} : { output: clipper.clip(each.output) }),
    stdout: clipper.clip(each.stdout),
    stderr: clipper.clip(each.stderr),
  }));
  return {
    evidence: { ...evidence, observed: { ...observed, run: { ...run, cases } } },
    clipped: clipper.clipped || cases.length < run.cases.length,
  };
}
