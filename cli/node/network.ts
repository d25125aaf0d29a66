/** How a node reaches the others: over NATS, by creds or enrolment, or in a memory of its own. */
import { join } from "node:path";
import { createDirectoryBlobs } from "../../runtime/ports/directory-blobs.ts";
import type { Blobs } from "../../runtime/ports/index.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import type { Transport } from "../../runtime/transport/transport.ts";
import type { OpenNetworkOptions } from "./network-options.ts";

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
  const transport =
    config.enrol === undefined
      ? await withCreds(options)
      : await (await import("./enrolled.ts")).connectEnrolled(options);
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
