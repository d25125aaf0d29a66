/** Connects to a NATS cluster and stays connected: servers come and go, the transport goes on. */
import type { Authenticator, TlsOptions } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { Failure } from "../../../protocol/failure.ts";
import { subjectToken } from "../../../protocol/subject.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Clock, Rng } from "../../ports/index.ts";
import { natsFailure } from "./failures.ts";
import { NatsTransport } from "./nats-transport.ts";

export interface NatsOptions {
  /** `nats://`, `tls://` or host:port, also with `user:password@` or `token@`; several of one cluster are tried. */
  servers: readonly string[];
  /** Shown by the server's monitoring. */
  name: string;
  /** Network name: second token of every subject, part of every stream's name. */
  net: string;
  clock: Clock;
  rng: Rng;
  log: Logger;
  /** Asked at every connect, so that short-lived credentials can be renewed. */
  authenticator?: Authenticator | Authenticator[];
  tls?: TlsOptions;
  /** Copies of streams and buckets that this connection creates. Default 1; 3 in a cluster. */
  replicas?: 1 | 3 | 5;
  /** First tokens of this connection's inboxes; a miner may listen on its own only. */
  inboxPrefix?: string;
  /** How long the first connect may take, in milliseconds. Default 10,000. */
  connectMs?: number;
}

const RECONNECT_FIRST_MS = 100;
const RECONNECT_JITTER_MS = 900;
const PING_MS = 10_000;
const MAX_PINGS_OUT = 2;

/**
 * One connection as a Transport. Fails with `unauthorised` for wrong credentials, `unavailable` when no server
 * answers, `config` when the server is too old. After that it reconnects for ever.
 */
export async function connectNats(options: NatsOptions): Promise<NatsTransport> {
  const { net, clock, rng, log, replicas = 1, inboxPrefix } = options;
  subjectToken(net, "network");
  let nc: Awaited<ReturnType<typeof connect>>;
  try {
    nc = await connect({
      servers: options.servers.map((server) => server.replace(USER_INFO, "//")),
      ...credentialsIn(options.servers),
      name: options.name,
      timeout: options.connectMs ?? 10_000,
      maxReconnectAttempts: -1,
      // All nodes lose a server at the same moment; they must not all come back at the same one.
      reconnectDelayHandler: () => RECONNECT_FIRST_MS + rng.integer(RECONNECT_JITTER_MS),
      pingInterval: PING_MS,
      maxPingOut: MAX_PINGS_OUT,
      noAsyncTraces: true,
      ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
      ...(options.authenticator === undefined ? {} : { authenticator: options.authenticator }),
      ...(options.tls === undefined ? {} : { tls: options.tls }),
    });
  } catch (error) {
    throw connectFailure(error, options.servers);
  }
  try {
    return new NatsTransport({ nc, net, clock, rng, log, replicas, inboxPrefix });
  } catch (error) {
    await nc.close();
    throw error;
  }
}

function connectFailure(error: unknown, servers: readonly string[]): Failure {
  const failure = natsFailure(error);
  const meta = { servers: servers.map(withoutSecrets).join(", ").slice(0, 500) };
  if (failure.code === "unauthorised") {
    return new Failure("unauthorised", "the NATS server refused the credentials", {
      cause: error,
      meta,
      hint: "Check the credentials, and that they were minted for this network and account.",
    });
  }
  return new Failure("unavailable", `no NATS server answered: ${failure.message}`, {
    cause: error,
    meta,
    hint: "Check the address, and that nats-server runs and can be reached from here.",
  });
}

/** A server address may carry a user and password, or a token. */
const USER_INFO = /\/\/[^@/]*@/;
const withoutSecrets = (server: string): string => server.replace(USER_INFO, "//…@");

/** The client itself ignores what stands before the `@`; every other NATS tool takes it. */
function credentialsIn(servers: readonly string[]): { user?: string; pass?: string; token?: string } {
  const found = servers
    .map((server) => USER_INFO.exec(server)?.[0].slice(2, -1))
    .find((info) => info !== undefined);
  if (found === undefined) return {};
  const [user = "", pass] = found.split(":").map(decodeURIComponent);
  return pass === undefined ? { token: user } : { user, pass };
}
