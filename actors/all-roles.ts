/** The code of every role, loaded with this module: for processes that start many, and for simulations. */
import { serveChain, shareChain } from "./chain/serve-chain.ts";
import { startMiner } from "./miner/miner.ts";
import { startSandbox } from "./sandbox/sandbox.ts";
import { startScorer } from "./scorer/scorer.ts";
import type { RoleCode } from "./start-roles.ts";
import { startValidator } from "./validator/validator.ts";
import { startWeightSetter } from "./weight-setter/weight-setter.ts";

export const ALL_ROLES: RoleCode = {
  chain: { serveChain, shareChain },
  sandbox: { startSandbox },
  scorer: { startScorer },
  miner: { startMiner },
  validator: { startValidator },
  weightSetter: { startWeightSetter },
};
