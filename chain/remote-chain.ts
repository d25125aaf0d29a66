/** The chain port over the services of a cluster: for processes that neither host a chain nor have a connection of their own. */
import { Failure } from "../protocol/failure.ts";
import type { Json } from "../protocol/ids.ts";
import { Chain as ChainService } from "../protocol/services/chain.ts";
import { ChainRpc, RpcMethod } from "../protocol/services/chain-rpc.ts";
import type { Services } from "../runtime/services.ts";
import type { Chain, WeightSetting } from "./chain.ts";
import type { Rpc } from "./client/rpc.ts";
import { readSignedWeights, signWeights } from "./local/signed-weights.ts";

export function createRemoteChain(services: Pick<Services, "client">): Chain {
  const client = services.client(ChainService);
  let known: Promise<{ weights: WeightSetting; forecast: Chain["forecast"] | undefined }> | undefined;

  /** How weights go to this chain depends on what it is; asked once, and again only after a failure. */
  function kind() {
    known ??= client.about({}).then(
      async ({ kind: is }) => {
        if (is === "local") return { weights: localWeights(client), forecast: undefined };
        // Only where it is spoken: SCALE and its codecs take as long to load as all the rest of a node.
        const { createSubstrateChain } = await import("./client/substrate-chain.ts");
        const { weights, forecast } = createSubstrateChain({ rpc: sharedRpc(services) });
        return { weights, forecast };
      },
      (thrown: unknown) => {
        known = undefined;
        throw thrown;
      },
    );
    return known;
  }

  return {
    head: () => client.head({}),
    blockHash: async (block) => (await client.blockHash({ block })).hash,
    params: (netuid) => client.params({ netuid }),
    metagraph: (netuid) => client.metagraph({ netuid }),
    weights: {
      rules: async (asked) => (await kind()).weights.rules(asked),
      sign: async (asked) => (await kind()).weights.sign(asked),
      send: async (signed) => (await kind()).weights.send(signed),
      fate: async (signed) => (await kind()).weights.fate(signed),
      row: async (asked) => (await kind()).weights.row(asked),
      commits: async (asked) => (await kind()).weights.commits(asked),
    },
    forecast: async (netuid) => (await (await kind()).forecast?.(netuid)) ?? [],
    close: async () => {},
  };
}

const localWeights = (client: ReturnType<typeof clientOf>): WeightSetting => ({
  rules: (asked) => client.weightRules(asked),
  sign: async (call) => signWeights({ ...call, head: (await client.head({})).block }),
  send: async (signed) => void (await client.submitWeights(readSignedWeights(signed))),
  async fate({ netuid, hotkey, hash, dies }) {
    const fate = await client.callFate({ netuid, hotkey, hash, dies });
    return fate.state === "included" ? { ...fate, verdict: "ok" } : fate;
  },
  row: (asked) => client.weightRow(asked),
  commits: async () => [],
});

const clientOf = (services: Pick<Services, "client">) => services.client(ChainService);

/** JSON-RPC over the process that has the connection. */
function sharedRpc(services: Pick<Services, "client">): Rpc {
  const client = services.client(ChainRpc);
  return {
    async request(method, params = [], { signal } = {}) {
      const known = RpcMethod.safeParse(method);
      if (!known.success) {
        throw new Failure("unknown-method", "the shared connection does not carry this question", {
          meta: { method },
        });
      }
      const { result } = await client.ask(
        { method: known.data, params: params as Json[] },
        signal === undefined ? {} : { signal },
      );
      return result;
    },
    subscribe: () =>
      Promise.reject(
        new Failure("unknown-method", "the shared connection carries no subscriptions", {
          hint: "Ask the chain service for its head instead.",
        }),
      ),
  };
}
