/** Who takes part: a snapshot of the chain's view at one block. */
import { z } from "zod";
import { Hotkey, Uid } from "./ids.ts";

export const Neuron = z.object({
  uid: Uid,
  hotkey: Hotkey,
  coldkey: Hotkey,
  /** TAO. */
  stake: z.number().nonnegative(),
  validatorPermit: z.boolean(),
  registeredAt: z.number().int().nonnegative(),
  /** Block of the last accepted weights, 0 for never. */
  lastUpdate: z.number().int().nonnegative(),
});
export type Neuron = z.infer<typeof Neuron>;

export const Metagraph = z.object({
  netuid: z.number().int().nonnegative(),
  block: z.number().int().nonnegative(),
  hash: z.string().max(80),
  neurons: z.array(Neuron).max(4_096),
});
export type Metagraph = z.infer<typeof Metagraph>;
