/** `devnet_*`: what no real chain has, for tests: blocks on demand, snapshots, hyperparameters. */
import { z } from "zod";
import { type Methods, method } from "../method.ts";

const MAX_BLOCKS = 100_000;

const ref = ({ number, hash }: { number: number; hash: string }) => ({ number, hash });

export const devnetMethods: Methods = {
  devnet_advance: method(
    { blocks: z.number().int().min(1).max(MAX_BLOCKS).default(1) },
    async ({ blocks }, { node }) => ref(await node.advance(blocks)),
  ),
  devnet_snapshot: method({}, (_, { node }) => node.snapshot()),
  devnet_restore: method({ snapshot: z.string().max(64) }, (params, { node }) =>
    ref(node.restore(params.snapshot)),
  ),
  devnet_set: method(
    {
      name: z.string().min(1).max(128),
      value: z.unknown(),
      netuid: z.number().int().nonnegative().max(0xffff).optional(),
    },
    ({ name, value, netuid }, { node }) => {
      node.set({ name, value, netuid });
      return true;
    },
  ),
  devnet_info: method({}, (_, { node }) => node.info()),
};
