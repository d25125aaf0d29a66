/** The local chain as a service, for the other processes of a cluster that has no real one. */
import type { LocalChain } from "../../chain/local/local-chain.ts";
import { implement } from "../../protocol/service.ts";
import { Chain } from "../../protocol/services/chain.ts";
import type { Node } from "../../runtime/node.ts";

export async function serveChain(node: Node, chain: LocalChain): Promise<void> {
  const served = await node.serve(
    implement(Chain, {
      head: () => chain.head(),
      blockHash: async ({ block }) => ({ block, hash: await chain.blockHash(block) }),
      params: ({ netuid }) => chain.params(netuid),
      metagraph: ({ netuid }) => chain.metagraph(netuid),
      weightRules: (asked) => chain.weights.rules(asked),
      weightRow: (asked) => chain.weights.row(asked),
      callFate: async (asked) => chain.fateOf(asked),
      submitWeights: (weights) => chain.accept(weights),
    }),
    { concurrency: 64 },
  );
  node.onDrain("release-leases", "chain", async (options) => void (await served.drain(options)));
}
