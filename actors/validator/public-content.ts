/** Content as miners get it: short text inline, long text by reference; only what was shown can be read. */
import { type BlobRef, INLINE_LIMIT } from "../../protocol/blob.ts";
import type { Content } from "../../protocol/content.ts";
import { Failure } from "../../protocol/failure.ts";
import { type Implementation, implement } from "../../protocol/service.ts";
import { Blobs as BlobsService } from "../../protocol/services/blobs.ts";
import type { DraftContent } from "../../protocol/subnet.ts";
import { ByteStream } from "../../runtime/byte-stream.ts";
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
  const readable = new Map<string, BlobRef>();
  const show = (blob: BlobRef): BlobRef => {
    readable.delete(blob.sha256);
    readable.set(blob.sha256, blob);
    for (const oldest of readable.keys()) {
      if (readable.size <= MAX_PUBLIC) break;
      readable.delete(oldest);
    }
    return blob;
  };
  /** Bytes being read now, by digest: a hundred miners that read one context hold it in memory once. */
  const open = new Map<string, { readers: number; bytes: Promise<Uint8Array> }>();
  const acquire = (blob: BlobRef): Promise<Uint8Array> => {
    const shared = open.get(blob.sha256) ?? { readers: 0, bytes: blobs.get(blob) };
    shared.readers++;
    open.set(blob.sha256, shared);
    return shared.bytes;
  };
  const release = ({ sha256 }: BlobRef): void => {
    const shared = open.get(sha256);
    if (shared !== undefined && --shared.readers === 0) open.delete(sha256);
  };
  async function* bytesOf(blob: BlobRef, offset: number, signal: AbortSignal) {
    try {
      const bytes = await acquire(blob);
      for (let at = offset; at < bytes.length && !signal.aborted; at += CHUNK)
        yield bytes.subarray(at, at + CHUNK);
    } finally {
      release(blob);
    }
  }
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
      read({ blob, offset }, { signal }) {
        // Ours, not the miner's: a wrong size in a question must not spoil the bytes for those who read them too.
        const shown = readable.get(blob.sha256);
        if (shown === undefined) {
          throw new Failure("not-found", "no public content has this digest", {
            meta: { sha256: blob.sha256 },
            hint: "Only content of tasks of the latest rounds can be read.",
          });
        }
        // A whole blob's digest is its name, checked when it was read from the store.
        return new ByteStream(bytesOf(shown, offset, signal), offset === 0 ? shown : undefined);
      },
    }),
  };
}
