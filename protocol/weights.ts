/** What goes on chain. */
import { z } from "zod";
import { Hotkey, Name, Sha256, Timestamp, Uid } from "./ids.ts";

/** Weights as the chain takes them: uids ascending, values 1 to 65535, the largest 65535. */
export const WeightVector = z
  .object({
    uids: z.array(Uid).max(4_096),
    values: z.array(z.number().int().min(1).max(65_535)).max(4_096),
  })
  .refine(({ uids, values }) => uids.length === values.length, { message: "one value per uid" })
  .refine(({ uids }) => uids.every((uid, at) => at === 0 || uid > uids[at - 1]!), {
    message: "uids must ascend",
  });
export type WeightVector = z.infer<typeof WeightVector>;

/** A weight set and what it was computed from, signed by the hotkey that set it. */
export const WeightEvidence = z.object({
  subnet: Name,
  netuid: z.number().int().nonnegative(),
  epoch: z.number().int().nonnegative(),
  /** Last round that the standings hold. */
  round: z.number().int().nonnegative(),
  hotkey: Hotkey,
  vector: WeightVector,
  /** Who each of the vector's uids belonged to: a uid that changed hands since is not paid. Absent before it was kept. */
  hotkeys: z.array(Hotkey).max(4_096).optional(),
  /** Ledger position that the standings were folded up to. */
  ledger: z.object({ seq: z.number().int().nonnegative(), hash: Sha256 }),
  metagraph: z.object({ block: z.number().int().nonnegative(), hash: z.string().max(80) }),
  at: Timestamp,
  /** Hex signature of the canonical JSON of all other fields. */
  signature: z.string().max(256),
});
export type WeightEvidence = z.infer<typeof WeightEvidence>;
