/** What both ends of the NATS bench share: a node over a real server, and the service of bulk streams. */
import { z } from "zod";
import { service, stream } from "../../protocol/service.ts";
import { createServices } from "../../runtime/create-services.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createMetrics } from "../../runtime/observe/prometheus.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { connectNats } from "../../runtime/transport/nats/connect.ts";

/** As `blobs.read` streams a long context. */
export const CHUNK_BYTES = 64 * 1024;

export const Bulk = service(
  "bulk",
  1,
  { servedBy: ["sandbox"], summary: "Streams for the bench." },
  {
    read: stream(z.object({ chunks: z.number() }), z.instanceof(Uint8Array), {
      calledBy: ["validator"],
      timeoutMs: 60_000,
      maxBytes: CHUNK_BYTES,
    }),
  },
);

export async function benchNode(url: string, node: string) {
  const [clock, rng, net] = [createSystemClock(), createSystemRng(), "bench"];
  const transport = await connectNats({ servers: [url], name: node, net, clock, rng, log: silent });
  const metrics = createMetrics();
  return { clock, transport, ...createServices({ transport, clock, rng, net, node, log: silent, metrics }) };
}

const nothing = (): void => {};
const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent };
