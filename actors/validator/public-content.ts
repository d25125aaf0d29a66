/** Content as miners get it: short text inline, long text by reference; only what was shown can be read. */
import { type BlobRef, INLINE_LIMIT } from "../../protocol/blob.ts";
import type { Content } from "../../protocol/content.ts";
import { Failure } from "../../protocol/failure.ts";
import { type Implementation, implement } from "../../protocol/service.ts";
import { Blobs as BlobsService } from "../../protocol/services/blobs.ts";
import type { DraftContent } from "../../protocol/subnet.ts";
import type { Context } from "../../runtime/context.ts";
import type { Blobs } from "../../runtime/ports/index.ts";

/** Inline text counts against the message that carries the whole task. */
const INLINE_TEXT = INLINE_LIMIT / 8;
const CHUNK = 128 * 1024;
/** Digests that stay readable: those of the latest rounds. */
const MAX_PUBLIC = 16_384;

export interface PublicContent {
  /** Makes a task's content fit to travel, and readable by miners. */
  publish(content: readonly DraftContent[]): Promise<Content>;
  /** The `blobs` service over what was published. */
  implementation: Implementation<(typeof BlobsService)["methods"], Context>;
}

export function createPublicContent(blobs: Blobs): PublicContent {
  const readable = new Set<string>();
  const show = (blob: BlobRef): BlobRef => {
    readable.delete(blob.sha256);
    readable.add(blob.sha256);
    for (const oldest of readable) {
      if (readable.size <= MAX_PUBLIC) break;
      readable.delete(oldest);
    }
    return blob;
  };
  return {
    publish: (content) =>
      Promise.all(
        content.map(async (part) => {
          if (part.type !== "text") return { ...part, blob: show(part.blob) };
          if (Buffer.byteLength(part.text) <= INLINE_TEXT) return part;
          return {
            type: "text-ref" as const,
            blob: show(await blobs.put(part.text, { mediaType: "text/plain" })),
          };
        }),
      ),
    implementation: implement(BlobsService, {
      async *read({ blob, offset }, context) {
        if (!readable.has(blob.sha256)) {
          throw new Failure("not-found", "no public content has this digest", {
            meta: { sha256: blob.sha256 },
            hint: "Only content of tasks of the latest rounds can be read.",
          });
        }
        const bytes = await blobs.get(blob, { signal: context.signal });
        for (let at = offset; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
      },
    }),
  };
}
