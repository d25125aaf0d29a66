/** The chain as a service, for the other processes of a cluster: a local one, or a real one that one process is connected to. */
import type { Chain as ChainPort } from "../../chain/chain.ts";
import type { Rpc } from "../../chain/client/rpc.ts";
import type { LocalChain } from "../../chain/local/local-chain.ts";
import { Failure } from "../../protocol/failure.ts";
import { implement } from "../../protocol/service.ts";
import { Chain } from "../../protocol/services/chain.ts";
import { ChainRpc, RpcAnswer } from "../../protocol/services/chain-rpc.ts";
import type { Node } from "../../runtime/node.ts";

const CONCURRENCY = 64;

export async function serveChain(node: Node, chain: LocalChain): Promise<void> {
  const served = await node.serve(
    implement(Chain, {
      ...reads(chain),
      about: async () => ({ kind: "local" }),
      weightRules: (asked) => chain.weights.rules(asked),
      weightRow: (asked) => chain.weights.row(asked),
      callFate: async (asked) => chain.fateOf(asked),
      submitWeights: (weights) => chain.accept(weights),
    }),
    { concurrency: CONCURRENCY },
  );
  node.onDrain("release-leases", "chain", async (options) => void (await served.drain(options)));
}

/** Shares one connection: what is read goes by the chain service, what is signed elsewhere by JSON-RPC. */
export async function shareChain(node: Node, chain: ChainPort, rpc: Rpc): Promise<void> {
  const elsewhere = () =>
    Promise.reject(
      new Failure("refused", "this chain takes signed extrinsics only", {
        hint: "The setter is of an older release: upgrade it.",
      }),
    );
  const served = await node.serve(
    implement(Chain, {
      ...reads(chain),
      about: async () => ({ kind: "substrate" }),
      weightRules: (asked) => chain.weights.rules(asked),
      weightRow: (asked) => chain.weights.row(asked),
      callFate: elsewhere,
      submitWeights: elsewhere,
    }),
    { concurrency: CONCURRENCY },
  );
  const shared = await node.serve(
    implement(ChainRpc, {
      ask: async ({ method, params }, { signal }) =>
        RpcAnswer.parse({ result: (await rpc.request(method, params, { signal })) ?? null }),
    }),
    { concurrency: CONCURRENCY },
  );
  node.onDrain("release-leases", "chain", async (options) => {
    await Promise.all([served.drain(options), shared.drain(options)]);
  });
}

const reads = (chain: ChainPort) => ({
  head: () => chain.head(),
  blockHash: async ({ block }: { block: number }) => ({ block, hash: await chain.blockHash(block) }),
  params: ({ netuid }: { netuid: number }) => chain.params(netuid),
  metagraph: ({ netuid }: { netuid: number }) => chain.metagraph(netuid),
});
