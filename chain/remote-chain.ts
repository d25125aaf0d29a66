/** The chain port over the `chain` service: for processes of a cluster whose registry hosts the local chain. */
import { Chain as ChainService } from "../protocol/services/chain.ts";
import type { Services } from "../runtime/services.ts";
import type { Chain } from "./chain.ts";
import { weightsMessage } from "./local/weights-message.ts";

export function createRemoteChain(services: Pick<Services, "client">): Chain {
  const client = services.client(ChainService);
  return {
    head: () => client.head({}),
    blockHash: async (block) => (await client.blockHash({ block })).hash,
    params: (netuid) => client.params({ netuid }),
    metagraph: (netuid) => client.metagraph({ netuid }),
    submitWeights: async ({ netuid, vector, versionKey, signer, signal }) => {
      const unsigned = { netuid, hotkey: signer.hotkey, vector, versionKey };
      const signature = await signer.sign(weightsMessage(unsigned));
      return client.submitWeights({ ...unsigned, signature }, signal === undefined ? {} : { signal });
    },
    close: async () => {},
  };
}
