/** A node on any ports: the same for a process of its own, for `npm start` and for a simulation. */
import type { Role } from "../protocol/role.ts";
import { createNode, type HostedNode } from "../runtime/create-node.ts";
import { createServices, type OpenServices } from "../runtime/create-services.ts";
import type { DrainPhase, Ports } from "../runtime/node.ts";
import type { Logger } from "../runtime/observe/logger.ts";
import { createOtlpExporter } from "../runtime/observe/otlp.ts";
import { createMetrics } from "../runtime/observe/prometheus.ts";
import { createHttpPost } from "../runtime/ports/http-post.ts";

export interface BootOptions {
  name: string;
  net: string;
  roles: readonly Role[];
  ports: Ports;
  log: Logger;
  drainMs?: Partial<Record<DrainPhase, number>>;
  /** Base address of an OpenTelemetry collector that gets the node's spans. */
  otlp?: string | undefined;
}

export interface BootedNode {
  node: HostedNode;
  services: OpenServices;
}

export function bootNode({ name, net, roles, ports, log, drainMs, otlp }: BootOptions): BootedNode {
  const own = log.child({ node: name });
  const metrics = createMetrics();
  const { transport, clock, rng } = ports;
  const services = createServices({ transport, clock, rng, net, node: name, log: own, metrics });
  const exporter =
    otlp === undefined
      ? undefined
      : createOtlpExporter({
          endpoint: otlp,
          service: name,
          clock,
          post: createHttpPost(),
          log: own,
          metrics,
        });
  const node = createNode({
    name,
    net,
    roles,
    ports,
    services,
    log: own,
    metrics,
    ...(drainMs === undefined ? {} : { drainMs }),
    ...(exporter === undefined ? {} : { spanExporters: [exporter] }),
  });
  if (exporter !== undefined) node.onDrain("close", "spans", () => exporter.close());
  node.onDrain("close", "services", async () => services.close());
  transport.onStatus(({ type, detail }) => {
    metrics.count("orrery_transport_events_total", 1, { type });
    const expected = type === "connected" || (type === "closed" && node.signal.aborted);
    own[expected ? "info" : "warn"](`transport ${type}`, { detail });
  });
  return { node, services };
}
