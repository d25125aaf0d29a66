/** What a local chain starts from. */
import { z } from "zod";
import { Hotkey, Timestamp } from "../../protocol/ids.ts";

export const GenesisNeuron = z.object({
  hotkey: Hotkey,
  coldkey: Hotkey,
  /** TAO. */
  stake: z.number().nonnegative().default(0),
});

export const Genesis = z.object({
  netuid: z.number().int().min(0).max(65_535).default(1),
  /** Decides every block hash, and through them every task. */
  seed: z.string().min(1).max(128),
  startAt: Timestamp,
  blockTimeMs: z.number().int().min(10).max(3_600_000).default(12_000),
  tempo: z.number().int().min(1).max(100_000).default(360),
  /** Blocks that must pass between two weight sets of one hotkey. */
  weightsRateLimit: z.number().int().min(0).max(100_000).default(100),
  maxValidators: z.number().int().min(1).max(4_096).default(64),
  /** TAO needed for a validator permit. */
  minValidatorStake: z.number().nonnegative().default(1_000),
  versionKey: z.number().int().nonnegative().default(0),
  /** Uids are places in this list. */
  neurons: z.array(GenesisNeuron).max(4_096),
});
export type Genesis = z.infer<typeof Genesis>;
