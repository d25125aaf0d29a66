/** Where the servers of a cluster listen. */
import { Failure } from "../../protocol/failure.ts";

export interface ServerPlace {
  name: string;
  host: string;
  client: number;
  cluster: number;
  monitor: number;
}

export interface ClusterOptions {
  servers: number;
  /** Host names or addresses, one per server, or one for all. */
  hosts: readonly string[];
  port: number;
  clusterPort: number;
  monitorPort: number;
}

/** Servers on hosts of their own share the ports; servers on one host count up from them. */
export function serverPlaces({
  servers,
  hosts,
  port,
  clusterPort,
  monitorPort,
}: ClusterOptions): ServerPlace[] {
  if (hosts.length !== 1 && hosts.length !== servers) {
    throw new Failure("config", `--hosts names ${hosts.length} hosts for ${servers} servers`, {
      hint: "Give one host for all servers, or exactly one per server.",
    });
  }
  const step = hosts.length === 1 ? 1 : 0;
  return Array.from({ length: servers }, (_, index) => ({
    name: `n${index + 1}`,
    host: hosts[index] ?? hosts[0]!,
    client: port + step * index,
    cluster: clusterPort + step * index,
    monitor: monitorPort + step * index,
  }));
}
