/**
 * The transport of one process: everything of the contract, asynchronous and bounded like a real network,
 * in memory. Its jobs, leases and dead letters live as long as the network object.
 */
import type { Clock } from "../ports/clock.ts";
import { MemoryConnection } from "./memory-connection.ts";
import { MemoryHub, type MemoryNetworkOptions } from "./memory-hub.ts";

export interface MemoryNetwork {
  /** A new connection. `clock` runs what the client does by itself; a simulated node brings its own. */
  connect(options: { name: string; clock?: Clock }): MemoryConnection;
}

/** A network in this process; every `connect` is a transport on it. */
export function createMemoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  const hub = new MemoryHub(options);
  let connected = 0;
  return {
    connect: ({ name, clock }) =>
      new MemoryConnection(hub, name, (++connected).toString(36), clock ?? options.clock),
  };
}
