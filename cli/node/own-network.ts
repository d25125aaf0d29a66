/** The network of a node that is a world of its own: messages in its memory, blobs in a folder. */
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { createDirectoryBlobs, removeOldBlobs } from "../../runtime/ports/directory-blobs.ts";
import type { Blobs } from "../../runtime/ports/index.ts";
import { createMemoryNetwork } from "../../runtime/transport/memory.ts";
import type { Transport } from "../../runtime/transport/transport.ts";
import type { OpenNetworkOptions } from "./network-options.ts";

const DAY_MS = 86_400_000;

/** Blobs older than `keepMs` are removed; without it all are kept. */
export function openOwnNetwork(options: OpenNetworkOptions & { keepMs: number | undefined }): {
  transport: Transport;
  blobs: Blobs;
} {
  const { name, folder, clock, keepMs } = options;
  const transport = createMemoryNetwork({ clock, revision: clock.now() }).connect({ name });
  const path = join(folder, "blobs");
  if (keepMs !== undefined) sweepDaily({ ...options, transport, path, keepMs });
  return { transport, blobs: createDirectoryBlobs({ path }) };
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
