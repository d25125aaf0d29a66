/** A miner's way in: enrols at the registry with its hotkey, and connects with the credentials it gets. */
import { join } from "node:path";
import { patiently } from "../../actors/patiently.ts";
import { enrol } from "../../actors/registry/client.ts";
import { Failure } from "../../protocol/failure.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import { connectNats } from "../../runtime/transport/nats/connect.ts";
import type { NatsTransport } from "../../runtime/transport/nats/nats-transport.ts";
import { keptNkey } from "./kept-nkey.ts";
import type { OpenNetworkOptions } from "./network-options.ts";

export async function connectEnrolled(options: OpenNetworkOptions): Promise<NatsTransport> {
  const { config, name, folder, signer, clock, rng, log, signal, onLost } = options;
  const { enrol: url, netuid } = config;
  if (signer === undefined || url === undefined) {
    throw new Failure("config", "only a miner enrols", { hint: "Other roles get a file with --creds." });
  }
  const nkey = await keptNkey(join(folder, `${name}.nkey`));
  const { net, servers, identity } = await patiently({ clock, log, signal, what: "the registry" }, () =>
    enrol({
      ...{ url, netuid, signer, nkey, clock, rng, log, signal, onLost },
      http: createHttp(),
    }),
  );
  if (net !== config.net) {
    throw new Failure("config", "the registry is of another network", {
      meta: { registry: net, net: config.net },
      hint: `Start with --net ${net}.`,
    });
  }
  return connectNats({ servers: config.nats ?? servers, name, net, clock, rng, log, ...identity });
}
