/** The cast of `npm start`: one operator, five miners, a chain of their own. Keys derive from names. */
import type { Signer } from "../../chain/chain.ts";
import { signerFromUri } from "../../chain/keys/index.ts";

export const DEMO_MINERS = ["good", "sloppy", "crash", "loop", "cheat"] as const;
export type DemoMiner = (typeof DEMO_MINERS)[number];

/** Rounds follow each other quickly, so that there is something to watch. */
export const DEMO_ROUND_BLOCKS = 20;
export const DEMO_NETUID = 1;

export interface DemoWorld {
  /** Of the devnet; the same at every start, so that a later one goes on with the same chain. */
  genesis: unknown;
  validator: Signer;
  miners: { name: DemoMiner; signer: Signer; uid: number }[];
}

const VALIDATOR = "//Orrery//validator";
const minerUri = (name: DemoMiner): string => `//Orrery//miner//${name}`;

export async function demoWorld(): Promise<DemoWorld> {
  return {
    genesis: {
      blockTimeMs: 1_000,
      subnets: [
        {
          ...{ netuid: DEMO_NETUID, owner: "//Orrery//owner", name: "orrery" },
          ...{ tempo: 10, weightsRateLimit: 5, commitReveal: false },
          neurons: [
            { hotkey: VALIDATOR, coldkey: "//Orrery//validator//cold", stakeTao: 10_000 },
            ...DEMO_MINERS.map((name) => ({ hotkey: minerUri(name), coldkey: `${minerUri(name)}//cold` })),
          ],
        },
      ],
    },
    validator: await signerFromUri(VALIDATOR),
    miners: await Promise.all(
      DEMO_MINERS.map(async (name, at) => ({
        name,
        uid: at + 1,
        signer: await signerFromUri(minerUri(name)),
      })),
    ),
  };
}
