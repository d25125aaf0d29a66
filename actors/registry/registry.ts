/** The registry role: enrolment over HTTP, and a sweep that ends what the metagraph no longer backs. */
import type { AnyElysia } from "elysia";
import type { Chain } from "../../chain/chain.ts";
import { type RegistryTrust, systemRequests } from "../../runtime/identity/index.ts";
import type { Node } from "../../runtime/node.ts";
import { natsCredentials } from "./credentials.ts";
import { Enrolment } from "./enrolment.ts";
import { registryApp } from "./http.ts";
import type { EnrolmentLimits } from "./limits.ts";

export interface RegistryOptions {
  node: Node;
  chain: Pick<Chain, "metagraph">;
  netuid: number;
  /** Keys from nats-config. Without them enrolment assigns the uid and no credentials, as on the memory transport. */
  trust?: RegistryTrust | undefined;
  /** Where the registry itself reaches NATS, when not by the addresses told to miners. */
  natsServers?: readonly string[] | undefined;
  /** Header in which the node's HTTP listener tells the client's address. */
  addressHeader?: string | undefined;
  limits?: Partial<EnrolmentLimits> | undefined;
}

const SWEEP_MS = 60_000;

/** Starts the role; the app goes to the node's HTTP listener. */
export function startRegistry(options: RegistryOptions): { app: AnyElysia; enrolment: Enrolment } {
  const { node, chain, netuid, trust, limits, addressHeader } = options;
  const { clock, rng, store, log } = node;
  const servers = trust?.servers ?? [];
  const system = systemRequests({
    servers: options.natsServers ?? servers,
    creds: trust?.revocation?.sysCreds ?? "",
  });
  const credentials = trust && natsCredentials({ trust, clock, system });
  const enrolment = new Enrolment({
    net: node.net,
    netuid,
    servers,
    chain,
    clock,
    rng,
    store,
    log,
    credentials,
    limits,
  });
  node.supervise("registry-sweep", async (signal) => {
    while (!signal.aborted) {
      await clock.sleep(SWEEP_MS, signal);
      node.metrics.count("orrery_registry_evicted_total", await enrolment.sweep());
    }
  });
  node.onDrain("close", "registry", () => system.close());
  const app = registryApp({ enrolment, clock, log, operatorToken: trust?.operatorToken, addressHeader });
  return { app, enrolment };
}
