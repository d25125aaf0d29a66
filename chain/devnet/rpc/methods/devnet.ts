/** `devnet_*`: what no real chain has, for tests: blocks on demand, snapshots, hyperparameters. */
import { z } from "zod";
import { Failure } from "../../../../protocol/failure.ts";
import type { DevnetNode } from "../../node/node.ts";
import { type Methods, method } from "../method.ts";
import { RPC, RpcError } from "../rpc-error.ts";

const MAX_BLOCKS = 100_000;

const ref = ({ number, hash }: { number: number; hash: string }) => ({ number, hash });

export const devnetMethods: Methods = {
  devnet_advance: method(
    { blocks: z.number().int().min(1).max(MAX_BLOCKS).default(1) },
    async ({ blocks }, { node }) => {
      const head = ref(await node.advance(blocks));
      await finality(node, head.number);
      return head;
    },
  ),
  devnet_snapshot: method({}, (_, { node }) => node.snapshot()),
  devnet_restore: method({ snapshot: z.string().max(64) }, (params, { node }) =>
    inOurWords(() => ref(node.restore(params.snapshot))),
  ),
  devnet_set: method(
    {
      name: z.string().min(1).max(128),
      value: z.unknown(),
      netuid: z.number().int().nonnegative().max(0xffff).optional(),
    },
    ({ name, value, netuid }, { node }) =>
      inOurWords(() => {
        node.set({ name, value, netuid });
        return true;
      }),
  ),
  devnet_info: method({}, (_, { node }) => node.info()),
};

/** A refusal with what to do about it: here no client looks for Substrate's words. */
function inOurWords<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const failure = Failure.from(thrown);
    if (failure.code === "defect") throw thrown;
    throw new RpcError(RPC.devnet, failure.toLine(), failure.toWire());
  }
}

/**
 * Resolves when the block is final, or gone. Clients begin a mortal extrinsic's life at the finalized head: one that lags
 * by the blocks just made would have it born dead.
 */
function finality(node: DevnetNode, number: number): Promise<void> {
  const isOver = () => node.finalized().number >= number || node.head().number < number;
  if (isOver()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = node.onFinalized(() => {
      if (!isOver()) return;
      stop();
      resolve();
    });
  });
}
