/** The world of `npm start`: one operator, some miners, a chain of their own. Keys derive from names. */
import type { Signer } from "../../chain/chain.ts";
import { signerFromUri } from "../../chain/keys/index.ts";
import type { CastMember } from "./cast.ts";

/** Rounds follow each other quickly, so that there is something to watch. */
export const DEMO_ROUND_BLOCKS = 20;
export const DEMO_NETUID = 1;

export interface DemoWorld {
  /** Of the devnet; the same at every start, so that a later one goes on with the same chain. */
  genesis: unknown;
  validator: Signer;
  miners: (CastMember & { signer: Signer; uid: number })[];
}

const VALIDATOR = "//Orrery//validator";
const minerUri = (name: string): string => `//Orrery//miner//${name}`;

export async function demoWorld(cast: readonly CastMember[]): Promise<DemoWorld> {
  return {
    genesis: {
      blockTimeMs: 1_000,
      subnets: [
        {
          ...{ netuid: DEMO_NETUID, owner: "//Orrery//owner", name: "orrery" },
          ...{ tempo: 10, weightsRateLimit: 5, commitReveal: false },
          neurons: [
            { hotkey: VALIDATOR, coldkey: "//Orrery//validator//cold", stakeTao: 10_000 },
            ...cast.map(({ name }) => ({ hotkey: minerUri(name), coldkey: `${minerUri(name)}//cold` })),
          ],
        },
      ],
    },
    validator: await signerFromUri(VALIDATOR),
    miners: await Promise.all(
      cast.map(async (member, at) => ({
        ...member,
        uid: at + 1,
        signer: await signerFromUri(minerUri(member.name)),
      })),
    ),
  };
}
