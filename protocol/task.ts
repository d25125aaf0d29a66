/** One unit of judged work, in the parts that different readers may see. */
import { z } from "zod";
import { Content } from "./content.ts";
import { Id, Json, Name, Sha256, Timestamp } from "./ids.ts";

/** What a miner may see. */
export const PublicTask = z.object({
  id: Id,
  subnet: Name,
  round: z.number().int().nonnegative(),
  kind: Name,
  content: Content,
  /** Kind-specific fields, validated by the subnet's own schema. */
  body: Json,
  deadline: Timestamp,
});
export type PublicTask = z.infer<typeof PublicTask>;

/** What only judges may see. Its digest is recorded when the round opens, so that it cannot change later. */
export const SealedTask = z.object({ id: Id, digest: Sha256, body: Json });
export type SealedTask = z.infer<typeof SealedTask>;
