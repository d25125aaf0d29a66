/** How a node reaches the others: over NATS, by creds or enrolment, or in a memory of its own. */
import { Failure } from "../../protocol/failure.ts";
import type { Blobs } from "../../runtime/ports/index.ts";
import type { Transport } from "../../runtime/transport/transport.ts";
import type { OpenNetworkOptions } from "./network-options.ts";

const DAY_MS = 86_400_000;

export async function openNetwork(
  options: OpenNetworkOptions,
): Promise<{ transport: Transport; blobs: Blobs }> {
  const { config } = options;
  const keepMs = config.keepBlobsDays === 0 ? undefined : config.keepBlobsDays * DAY_MS;
  if (config.nats === undefined && config.enrol === undefined) {
    if (config.creds !== undefined) {
      throw new Failure("config", "credentials are given, and no NATS servers to show them to", {
        hint: "Name the servers with --nats, or leave --creds out for a node that is a world of its own.",
      });
    }
    return (await import("./own-network.ts")).openOwnNetwork({ ...options, keepMs });
  }
  const transport =
    config.enrol === undefined
      ? await withCreds(options)
      : await (await import("./enrolled.ts")).connectEnrolled(options);
  // A miner reads what it is shown through the validators; the operator's store is closed to it.
  if (options.roles.every((role) => role === "miner")) {
    const { createMemoryBlobs } = await import("../../runtime/ports/memory-blobs.ts");
    return { transport, blobs: createMemoryBlobs() };
  }
  const { createJetStreamBlobs } = await import("../../runtime/transport/nats/blobs.ts");
  return { transport, blobs: createJetStreamBlobs(transport, keepMs === undefined ? {} : { keepMs }) };
}

async function withCreds({ config, name, clock, rng, log }: OpenNetworkOptions) {
  const { connectWithCreds } = await import("./nats.ts");
  const { net, creds, replicas } = config;
  return connectWithCreds({ servers: config.nats ?? [], name, net, clock, rng, log, creds, replicas });
}
