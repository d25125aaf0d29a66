/** Which chain a node speaks to, and how: its own connection, the cluster's, or a local chain that somebody hosts. */
import { join } from "node:path";
import type { Chain } from "../../chain/chain.ts";
import type { Connection } from "../../chain/client/connection/connection.ts";
import type { Genesis } from "../../chain/local/genesis.ts";
import type { LocalChain } from "../../chain/local/local-chain.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Role } from "../../protocol/role.ts";
import type { HostedNode } from "../../runtime/create-node.ts";
import type { Services } from "../../runtime/services.ts";
import type { NodeConfig } from "./config.ts";

/** Over the `chain` role of the same cluster. */
const CLUSTER = "cluster";

export interface NodeChain {
  chain: Chain;
  /** A local chain that this node hosts for others. */
  hostedChain?: LocalChain;
  /** A connection that this node shares with others. */
  sharedRpc?: Connection;
}

/** What can be refused before anything is opened: the genesis of a hosted chain, when this node is to host one. */
export async function chainPlan(
  config: NodeConfig,
  roles: readonly Role[],
): Promise<{ genesis: Genesis | undefined }> {
  const { network } = config;
  if (roles.includes("chain") && (network === undefined || network === CLUSTER)) {
    throw new Failure("config", "role chain connects to a network for the others", {
      hint: "Name it with --network: finney, test, local, or the address of a node.",
    });
  }
  if (network !== undefined && network !== CLUSTER) {
    (await import("../../chain/client/networks.ts")).networkOf(network);
  }
  if (network !== undefined || !roles.includes("registry")) return { genesis: undefined };
  return { genesis: await (await import("./genesis.ts")).readGenesis(config.genesis) };
}

export interface OpenNodeChainOptions {
  config: NodeConfig;
  roles: readonly Role[];
  genesis: Genesis | undefined;
  folder: string;
  node: HostedNode;
  services: Pick<Services, "client">;
}

export async function openNodeChain(options: OpenNodeChainOptions): Promise<NodeChain> {
  const { config, roles, genesis, folder, node, services } = options;
  const { clock, rng, log, metrics } = node;
  if (genesis !== undefined) {
    const { createLocalChain } = await import("../../chain/local/local-chain.ts");
    const { createSqliteStore } = await import("../../runtime/ports/sqlite-store.ts");
    const store = createSqliteStore({ path: join(folder, "chain.sqlite") });
    node.onDrain("close", "chain", async () => store.close());
    const hostedChain = createLocalChain({ genesis, clock, store });
    return { chain: hostedChain, hostedChain };
  }
  if (config.network === undefined || config.network === CLUSTER) {
    return { chain: (await import("../../chain/remote-chain.ts")).createRemoteChain(services) };
  }
  const { openChain } = await import("../../chain/client/open-chain.ts");
  const { createDial } = await import("../../runtime/ports/web-socket.ts");
  const { network } = config;
  const { chain, connection } = openChain({ network, dial: createDial(), clock, rng, log, metrics });
  node.onDrain("close", "chain", () => chain.close());
  // Miners and the operator's other processes ask whoever has the chain.
  const shares = roles.includes("chain") || roles.includes("registry");
  return { chain, ...(shares ? { sharedRpc: connection } : {}) };
}
