/** Tokens as a message carries them: inline when they are few, as a blob of 32-bit numbers otherwise. */
import { MAX_INLINE_TOKENS, TOKENS_MEDIA_TYPE, type TokenizeResult } from "../../protocol/model.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";

export async function tokenList(tokens: Uint32Array, blobs: Pick<Blobs, "put">): Promise<TokenizeResult> {
  const count = tokens.length;
  if (count <= MAX_INLINE_TOKENS) return { count, tokens: { type: "inline", tokens: Array.from(tokens) } };
  const bytes = new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength);
  return { count, tokens: { type: "blob", blob: await blobs.put(bytes, { mediaType: TOKENS_MEDIA_TYPE }) } };
}
