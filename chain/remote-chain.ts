/** The chain port over the `chain` service: for processes of a cluster whose registry hosts the local chain. */
import { Chain as ChainService } from "../protocol/services/chain.ts";
import type { Services } from "../runtime/services.ts";
import type { Chain } from "./chain.ts";
import { readSignedWeights, signWeights } from "./local/signed-weights.ts";

export function createRemoteChain(services: Pick<Services, "client">): Chain {
  const client = services.client(ChainService);
  return {
    head: () => client.head({}),
    blockHash: async (block) => (await client.blockHash({ block })).hash,
    params: (netuid) => client.params({ netuid }),
    metagraph: (netuid) => client.metagraph({ netuid }),
    weights: {
      rules: (asked) => client.weightRules(asked),
      sign: async (call) => signWeights({ ...call, head: (await client.head({})).block }),
      send: async (signed) => void (await client.submitWeights(readSignedWeights(signed))),
      async fate({ netuid, hotkey, hash, dies }) {
        const fate = await client.callFate({ netuid, hotkey, hash, dies });
        return fate.state === "included" ? { ...fate, verdict: "ok" } : fate;
      },
      row: (asked) => client.weightRow(asked),
      commits: async () => [],
    },
    close: async () => {},
  };
}
