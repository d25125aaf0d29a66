/** What it takes to join a network: who the node is, and the ports it was given. */
import type { Signer } from "../../chain/chain.ts";
import type { Failure } from "../../protocol/failure.ts";
import type { Role } from "../../protocol/role.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import type { Clock, Rng } from "../../runtime/ports/index.ts";
import type { NodeConfig } from "./config.ts";

export interface OpenNetworkOptions {
  config: NodeConfig;
  name: string;
  roles: readonly Role[];
  folder: string;
  signer: Signer | undefined;
  clock: Clock;
  rng: Rng;
  log: Logger;
  signal: AbortSignal;
  /** Called when the registry takes the node's credentials away for good: de-registered, banned. */
  onLost: (failure: Failure) => void;
}
