/** How a node reaches the others: over NATS, by creds or enrolment, or in a memory of its own. */
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { createDirectoryBlobs, removeOldBlobs } from "../../runtime/ports/directory-blobs.ts";
import type { Blobs } from "../../runtime/ports/index.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import type { Transport } from "../../runtime/transport/transport.ts";
import type { OpenNetworkOptions } from "./network-options.ts";

const DAY_MS = 86_400_000;

export async function openNetwork(
  options: OpenNetworkOptions,
): Promise<{ transport: Transport; blobs: Blobs }> {
  const { config, folder, clock } = options;
  const keepMs = config.keepBlobsDays === 0 ? undefined : config.keepBlobsDays * DAY_MS;
  if (config.nats === undefined && config.enrol === undefined) {
    const { createMemoryNetwork } = await import("../../runtime/transport/memory.ts");
    const transport = createMemoryNetwork({ clock, revision: clock.now() }).connect({ name: options.name });
    const path = join(folder, "blobs");
    if (keepMs !== undefined) sweepDaily({ ...options, transport, path, keepMs });
    return { transport, blobs: createDirectoryBlobs({ path }) };
  }
  const transport =
    config.enrol === undefined
      ? await withCreds(options)
      : await (await import("./enrolled.ts")).connectEnrolled(options);
  // A miner reads what it is shown through the validators; the operator's store is closed to it.
  if (options.roles.every((role) => role === "miner")) return { transport, blobs: createMemoryBlobs() };
  const { createJetStreamBlobs } = await import("../../runtime/transport/nats/blobs.ts");
  return { transport, blobs: createJetStreamBlobs(transport, keepMs === undefined ? {} : { keepMs }) };
}

/** Now and once a day: a file says by its date when it was last put. */
function sweepDaily({
  clock,
  log,
  transport,
  path,
  keepMs,
}: OpenNetworkOptions & { transport: Transport; path: string; keepMs: number }): void {
  const sweep = (): void => {
    removeOldBlobs({ path, before: clock.now() - keepMs }).then(
      (removed) => {
        if (removed > 0) log.info("removed old blobs", { removed, path });
      },
      (thrown) => log.warn("could not remove old blobs", { path, problem: Failure.from(thrown).message }),
    );
  };
  sweep();
  const timer = clock.every(DAY_MS, sweep);
  transport.onStatus((status) => {
    if (status.type === "closed") timer.cancel();
  });
}

async function withCreds({ config, name, clock, rng, log }: OpenNetworkOptions) {
  const { connectWithCreds } = await import("./nats.ts");
  const { net, creds, replicas } = config;
  return connectWithCreds({ servers: config.nats ?? [], name, net, clock, rng, log, creds, replicas });
}
