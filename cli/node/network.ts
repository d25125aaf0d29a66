/** How a node reaches the others: over NATS, by creds or enrolment, or in a memory of its own. */
import { join } from "node:path";
import type { Signer } from "../../chain/chain.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Role } from "../../protocol/role.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createDirectoryBlobs } from "../../runtime/ports/directory-blobs.ts";
import type { Blobs, Clock, Rng } from "../../runtime/ports/index.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import type { Transport } from "../../runtime/transport/transport.ts";
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
}

export async function openNetwork(
  options: OpenNetworkOptions,
): Promise<{ transport: Transport; blobs: Blobs }> {
  const { config, folder, clock } = options;
  if (config.nats === undefined && config.enrol === undefined) {
    const { createMemoryNetwork } = await import("../../runtime/transport/memory.ts");
    const network = createMemoryNetwork({ clock, revision: clock.now() });
    return {
      transport: network.connect({ name: options.name }),
      blobs: createDirectoryBlobs({ path: join(folder, "blobs") }),
    };
  }
  const transport = config.enrol === undefined ? await withCreds(options) : await enrolled(options);
  // A miner reads what it is shown through the validators; the operator's store is closed to it.
  if (options.roles.every((role) => role === "miner")) return { transport, blobs: createMemoryBlobs() };
  const { createJetStreamBlobs } = await import("../../runtime/transport/nats/blobs.ts");
  return { transport, blobs: createJetStreamBlobs(transport) };
}

async function withCreds({ config, name, clock, rng, log }: OpenNetworkOptions) {
  const { connectWithCreds } = await import("./nats.ts");
  const { net, creds, replicas } = config;
  return connectWithCreds({ servers: config.nats ?? [], name, net, clock, rng, log, creds, replicas });
}

async function enrolled({ config, name, signer, clock, rng, log, signal }: OpenNetworkOptions) {
  if (signer === undefined || config.enrol === undefined) throw new Failure("config", "only a miner enrols");
  const [{ enrol }, { createUser }, { connectNats }] = await Promise.all([
    import("../../actors/registry/client.ts"),
    import("@nats-io/nkeys"),
    import("../../runtime/transport/nats/connect.ts"),
  ]);
  const { net, servers, identity } = await enrol({
    ...{ url: config.enrol, netuid: config.netuid, signer, nkey: createUser(), clock, rng, log, signal },
    http: (url, init) => fetch(url, init),
  });
  if (net !== config.net) {
    throw new Failure("config", "the registry is of another network", {
      meta: { registry: net, net: config.net },
      hint: `Start with --net ${net}.`,
    });
  }
  return connectNats({ servers: config.nats ?? servers, name, net, clock, rng, log, ...identity });
}
