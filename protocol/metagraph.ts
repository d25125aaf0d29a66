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
  // What the last epoch made of it; absent on a chain that runs no consensus.
  active: z.boolean().optional(),
  /** Shares of 65,535. */
  incentive: z.number().int().nonnegative().optional(),
  dividends: z.number().int().nonnegative().optional(),
  consensus: z.number().int().nonnegative().optional(),
  validatorTrust: z.number().int().nonnegative().optional(),
  /** Of the subnet's token, in its smallest unit, an epoch. */
  emissionRao: z.number().int().nonnegative().optional(),
});
export type Neuron = z.infer<typeof Neuron>;

export const Metagraph = z.object({
  netuid: z.number().int().nonnegative(),
  block: z.number().int().nonnegative(),
  hash: z.string().max(80),
  neurons: z.array(Neuron).max(4_096),
});
export type Metagraph = z.infer<typeof Metagraph>;
