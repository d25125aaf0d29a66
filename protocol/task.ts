/** One unit of judged work, in the parts that different readers may see. */
import { z } from "zod";
import { Content } from "./content.ts";
import { Id, Json, Name, Timestamp, Uid } from "./ids.ts";

/** What a miner may see. */
export const PublicTask = z.object({
  id: Id,
  subnet: Name,
  round: z.number().int().nonnegative(),
  /** Uid of the validator that asks; its `blobs` service holds the content. */
  validator: Uid,
  kind: Name,
  content: Content,
  /** Kind-specific fields, validated by the subnet's own schema. */
  body: Json,
  deadline: Timestamp,
});
export type PublicTask = z.infer<typeof PublicTask>;

/** A whole task as judges keep it: a blob of canonical JSON in the operator's own store, never a miner's. */
export const JudgedTask = z.object({
  id: Id,
  kind: Name,
  public: Json,
  /** What only judges may see. Its digest is recorded when the round opens, so that it cannot change later. */
  sealed: Json,
});
export type JudgedTask = z.infer<typeof JudgedTask>;
