/** What one specification of the services works with. */
import type { OpenServices } from "../../runtime/create-services.ts";
import type { Metrics } from "../../runtime/observe/metrics.ts";
import type { Served } from "../../runtime/services.ts";
import type { Transport } from "../../runtime/transport/transport.ts";
import type { TransportHarness } from "./harness.ts";

export interface Party {
  readonly name: string;
  readonly services: OpenServices;
  readonly transport: Transport;
  readonly metrics: Metrics;
}

export interface ServiceBench {
  readonly harness: TransportHarness;
  /** A node with services of its own on a fresh connection. */
  party(name: string): Promise<Party>;
  /** Drains what is served when the specification ends. */
  serving(served: Promise<Served>): Promise<Served>;
  /** A service name nobody else uses. */
  freshName(): string;
}
