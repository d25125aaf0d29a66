/** Services over any transport: what is declared in `protocol/` becomes calls, streams, events and jobs. */
import type { Implementation, Methods, Service } from "../protocol/service.ts";
import type { Context } from "./context.ts";
import { type AnyHandler, CallServer } from "./services/call-server.ts";
import { clientOf } from "./services/client.ts";
import type { EndpointStats } from "./services/endpoint.ts";
import { JobServer } from "./services/job-server.ts";
import { type ServicesOptions, Wire } from "./services/wire.ts";
import type { Client, Served, ServeOptions, Services } from "./services.ts";

export type { EndpointStats } from "./services/endpoint.ts";
export type { ServicesOptions } from "./services/wire.ts";

export interface OpenServices extends Services {
  /** Live statistics of every served endpoint, as ADR-32 discovery tells them. */
  stats(): EndpointStats[];
  /** Fails what still waits and lets go of timers. The transport stays open: it belongs to the node. */
  close(): void;
}

/** Typed clients and servers for one node. */
export function createServices(options: ServicesOptions): OpenServices {
  const wire = new Wire(options);
  const clients = new Map<Service, unknown>();
  return {
    client<M extends Methods>(service: Service<M>): Client<M> {
      let client = clients.get(service as Service);
      if (client === undefined) clients.set(service as Service, (client = clientOf(wire, service)));
      return client as Client<M>;
    },
    serve: (implementation, serveOptions) => serve(wire, implementation, serveOptions ?? {}),
    stats() {
      wire.tally.flush();
      return [...wire.stats].map((stats) => stats());
    },
    close() {
      wire.replies.close();
      wire.remoteReaders.close();
      wire.wheel.close();
      wire.pulse.close();
      wire.tally.flush();
    },
  };
}

async function serve<M extends Methods>(
  wire: Wire,
  implementation: Implementation<M, Context>,
  options: ServeOptions,
): Promise<Served> {
  const service = implementation.service as Service;
  const handlers = implementation.handlers as unknown as Record<string, AnyHandler>;
  const servers: (CallServer | JobServer)[] = [];
  const startAll = async () => {
    for (const [name, method] of Object.entries(service.methods)) {
      if (method.kind === "event") continue;
      // Handlers may be methods of an object: they keep their `this`.
      const handler: AnyHandler = (input, context) => handlers[name]!(input, context);
      const endpoint = wire.endpoint(service, name);
      if (method.kind === "job") {
        const server = new JobServer(wire, endpoint, handler as never, options);
        servers.push(server);
        await server.start();
      } else {
        servers.push(new CallServer(wire, endpoint, handler, options));
      }
    }
    // Callers must find it once `serve` resolved.
    await wire.transport.flush();
  };
  try {
    await startAll();
  } catch (thrown) {
    // Half a service is none: whoever tries again starts from nothing.
    await Promise.allSettled(servers.map((server) => server.drain({ deadline: wire.clock.now() })));
    throw thrown;
  }
  return {
    async drain(drainOptions) {
      const reports = await Promise.all(servers.map((server) => server.drain(drainOptions)));
      return reports.reduce(
        (sum, report) => ({
          finished: sum.finished + report.finished,
          returned: sum.returned + report.returned,
        }),
        { finished: 0, returned: 0 },
      );
    },
  };
}
