/** A task's text, long parts streamed from the validator that asks, resumed where a stream broke. */
import { createHash } from "node:crypto";
import type { BlobRef } from "../../protocol/blob.ts";
import type { Content } from "../../protocol/content.ts";
import { Failure } from "../../protocol/failure.ts";
import { Blobs } from "../../protocol/services/blobs.ts";
import type { StreamEnd } from "../../protocol/stream.ts";
import type { Context } from "../../runtime/context.ts";
import type { Services } from "../../runtime/services.ts";

const RESUMES = 4;

export interface ContentSource {
  services: Pick<Services, "client">;
  /** Uid of the validator whose task it is. */
  validator: number;
  context: Context;
}

/** All text parts in order, as one string. Images and files are left to miners that understand them. */
export async function readText(content: Content, source: ContentSource): Promise<string> {
  const parts: string[] = [];
  for (const part of content) {
    if (part.type === "text") parts.push(part.text);
    if (part.type === "text-ref") parts.push(new TextDecoder().decode(await readBlob(part.blob, source)));
  }
  return parts.join("\n");
}

/** A blob's bytes, digest checked. Fails with `corrupt`, or what the last stream failed with. */
export async function readBlob(blob: BlobRef, source: ContentSource): Promise<Uint8Array> {
  const client = source.services.client(Blobs);
  const bytes = new Uint8Array(blob.size);
  let offset = 0;
  for (let resumes = 0; offset < blob.size; resumes++) {
    let end: StreamEnd | undefined;
    const key = String(source.validator);
    const read = async function* (from: number) {
      end = yield* client.read({ blob, offset: from }, { key, parent: source.context });
    };
    try {
      for await (const chunk of read(offset)) {
        if (offset + chunk.length > blob.size) throw new Failure("corrupt", "a blob is longer than it says");
        bytes.set(chunk, offset);
        offset += chunk.length;
      }
      if (offset < blob.size) throw new Failure("unavailable", "a blob's stream ended early");
      // A stream of all of it has hashed it already.
      if (end?.bytes === blob.size && end.sha256 === blob.sha256) return bytes;
    } catch (thrown) {
      const failure = Failure.from(thrown);
      const resumable = failure.retryable || failure.code === "gap";
      if (!resumable || resumes >= RESUMES || source.context.signal.aborted) throw failure;
    }
  }
  if (createHash("sha256").update(bytes).digest("hex") !== blob.sha256) {
    throw new Failure("corrupt", "a blob's bytes do not match its digest", { meta: { sha256: blob.sha256 } });
  }
  return bytes;
}
