/** Content parts: what a task shows and an answer holds. Multi-modal from the first day. */
import { z } from "zod";
import { BlobRef, INLINE_LIMIT } from "./blob.ts";

export const TextPart = z.object({ type: z.literal("text"), text: z.string().max(INLINE_LIMIT) });
/** Text too long to travel inline; UTF-8. */
export const TextRefPart = z.object({ type: z.literal("text-ref"), blob: BlobRef });
export const ImagePart = z.object({
  type: z.literal("image"),
  blob: BlobRef,
  alt: z.string().max(1_000).optional(),
});
export const FilePart = z.object({ type: z.literal("file"), blob: BlobRef, name: z.string().max(255) });

export const ContentPart = z.discriminatedUnion("type", [TextPart, TextRefPart, ImagePart, FilePart]);
export type ContentPart = z.infer<typeof ContentPart>;

export const Content = z.array(ContentPart).max(64);
export type Content = z.infer<typeof Content>;
