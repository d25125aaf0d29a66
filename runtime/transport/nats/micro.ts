/**
 * Discovery as NATS' own services do it (ADR-32): a node answers `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS`, for all,
 * by name and by id, so that `nats micro ls|info|stats` shows an Orrery network without knowing it.
 */
import type { EndpointStats } from "../../services/endpoint.ts";
import type { Inbound, Subscription, Transport } from "../transport.ts";

export interface DiscoveryOptions {
  /** One per running node: letters, digits, `_` and `-`. Shown as the id of each of its services. */
  id: string;
  /** Shown as metadata. */
  node: string;
  /** Milliseconds since the Unix epoch. */
  startedAt: number;
  /** What the node serves now, as `createServices` counts it; asked whenever somebody wants to know. */
  stats(): readonly EndpointStats[];
}

interface MicroService {
  identity: { name: string; id: string; version: string; metadata: Record<string, string> };
  summary: string;
  endpoints: EndpointStats[];
}

const NANOS = 1_000_000;
const TYPE = "io.nats.micro.v1";

/** Answers discovery until unsubscribed. */
export function serveDiscovery(
  transport: Pick<Transport, "publish" | "subscribe">,
  options: DiscoveryOptions,
): Subscription {
  const answers: Record<string, (service: MicroService) => unknown> = {
    PING: ({ identity }) => ({ type: `${TYPE}.ping_response`, ...identity }),
    INFO: ({ identity, summary, endpoints }) => ({
      type: `${TYPE}.info_response`,
      ...identity,
      description: summary,
      endpoints: endpoints.map((endpoint) => ({ ...endpointOf(endpoint), metadata: {} })),
    }),
    STATS: ({ identity, endpoints }) => ({
      type: `${TYPE}.stats_response`,
      ...identity,
      started: new Date(options.startedAt).toISOString(),
      endpoints: endpoints.map((endpoint) => ({ ...endpointOf(endpoint), ...countsOf(endpoint) })),
    }),
  };
  const encoder = new TextEncoder();
  const subscriptions = Object.entries(answers).flatMap(([verb, answer]) => {
    const handler = ({ subject, reply }: Inbound): void => {
      const [, , name, id] = subject.split(".");
      if (reply === undefined || (id !== undefined && id !== options.id)) return;
      for (const service of servicesOf(options)) {
        if (name !== undefined && name !== service.identity.name) continue;
        transport.publish(reply, encoder.encode(JSON.stringify(answer(service))));
      }
    };
    return ["", ".*", ".*.*"].map((scope) => transport.subscribe(`$SRV.${verb}${scope}`, handler));
  });
  return {
    unsubscribe() {
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}

/** Endpoints by service and version: each pair is one service to NATS. */
function servicesOf({ id, node, stats }: DiscoveryOptions): MicroService[] {
  const services = new Map<string, MicroService>();
  for (const endpoint of stats()) {
    const version = `${endpoint.version}.0.0`;
    const key = `${endpoint.service} ${version}`;
    const known = services.get(key);
    if (known !== undefined) known.endpoints.push(endpoint);
    else {
      const identity = { name: endpoint.service, id, version, metadata: { node } };
      services.set(key, { identity, summary: endpoint.summary, endpoints: [endpoint] });
    }
  }
  return [...services.values()];
}

const endpointOf = ({ method, subject, service }: EndpointStats) => ({
  name: method,
  subject,
  queue_group: service,
});

const countsOf = ({ requests, errors, lastError, processingMs }: EndpointStats) => ({
  num_requests: requests,
  num_errors: errors,
  last_error: lastError ?? "",
  processing_time: Math.round(processingMs * NANOS),
  average_processing_time: requests === 0 ? 0 : Math.round((processingMs * NANOS) / requests),
});
