/** What the parts of one NATS connection share. */
import { type JetStreamClient, type JetStreamManager, jetstream } from "@nats-io/jetstream";
import type { NatsConnection, ServerInfo } from "@nats-io/nats-core";
import { Failure } from "../../../protocol/failure.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Clock, Rng } from "../../ports/index.ts";
import type { TransportStatus } from "../transport.ts";
import type { ServerFeatures } from "./features.ts";
import type { Requests } from "./requests.ts";

export interface NatsContext {
  readonly nc: NatsConnection;
  readonly net: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly requests: Requests;
  readonly features: ServerFeatures;
  /** What the server said at the last connect; the client forgets it while it is disconnected. */
  server(): ServerInfo;
  /** Copies of every stream and bucket we make: 1, or 3 and 5 in a cluster. */
  readonly replicas: number;
  readonly js: JetStreamClient;
  /** Never checks the account first: a miner has no JetStream and needs none. */
  jsm(): Promise<JetStreamManager>;
  /** The promise, or `unavailable` as soon as the connection is lost: an answer to it would never come. */
  untilLost<T>(pending: Promise<T>): Promise<T>;
  tell(status: TransportStatus): void;
}

/** How long one call of the JetStream API may take, in milliseconds. */
export const API_TIMEOUT_MS = 5_000;

export function serverInfoOf(nc: NatsConnection): () => ServerInfo {
  let last = nc.info!;
  return () => (last = nc.info ?? last);
}

export function jetStreamOf(nc: NatsConnection, server: () => ServerInfo): Pick<NatsContext, "js" | "jsm"> {
  const js = jetstream(nc, { timeout: API_TIMEOUT_MS });
  let manager: Promise<JetStreamManager> | undefined;
  return {
    js,
    jsm: () => {
      if (server().jetstream !== true) return Promise.reject(noJetStream());
      return (manager ??= js.jetstreamManager(false));
    },
  };
}

const noJetStream = () =>
  new Failure("config", "this nats-server runs without JetStream", {
    hint: "Start it with `jetstream {}` in its configuration, or with -js.",
  });
