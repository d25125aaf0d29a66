/** Bytes that a handler streams as one sequence: where a chunk ends means nothing, so they are cut as they travel best. */
import type { BlobRef } from "../protocol/blob.ts";

/** What a stream's handler may give in place of the chunks themselves. The reader gets pieces of any size. */
export class ByteStream<Bytes extends Uint8Array = Uint8Array> implements AsyncIterable<Bytes> {
  /** All that is streamed, when its digest is known from when it was stored: it is then not computed again. */
  readonly content: Pick<BlobRef, "sha256" | "size"> | undefined;
  readonly #chunks: AsyncIterable<Bytes>;

  constructor(chunks: AsyncIterable<Bytes>, content?: Pick<BlobRef, "sha256" | "size">) {
    this.#chunks = chunks;
    this.content = content;
  }

  [Symbol.asyncIterator](): AsyncIterator<Bytes> {
    return this.#chunks[Symbol.asyncIterator]();
  }
}
