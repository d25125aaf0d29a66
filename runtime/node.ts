/** One process' worth of runtime: ports, services, supervision, drain. Roles are built on nothing else. */
import type { Role } from "../protocol/role.ts";
import type { ActorSystem } from "./actors/index.ts";
import type { Logger } from "./observe/logger.ts";
import type { Metrics } from "./observe/metrics.ts";
import type { Tracer } from "./observe/span.ts";
import type { Blobs, Clock, Rng, Spawn, Store } from "./ports/index.ts";
import type { Reminders } from "./reminders.ts";
import type { Services } from "./services.ts";
import type { Transport } from "./transport/transport.ts";

export interface Ports {
  clock: Clock;
  rng: Rng;
  transport: Transport;
  /** The operator's own blobs, shared by its roles. Miners read public ones through the `blobs` service. */
  blobs: Blobs;
  store: Store;
  spawn: Spawn;
}

export interface Node extends Ports, Services {
  readonly name: string;
  /** Network name: second token of every subject. */
  readonly net: string;
  readonly roles: readonly Role[];
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The node's own actors. */
  readonly actors: ActorSystem;
  /** Survive a restart, kept in the node's store. */
  readonly reminders: Reminders;
  /** Runs work as spans, kept for `inspect` and sent to a collector when there is one. */
  readonly tracer: Tracer;
  /** Aborts when the node begins to stop. */
  readonly signal: AbortSignal;
  /** Runs a supervised loop: restarted with backoff when it throws, ended by the node's signal. */
  supervise(name: string, run: (signal: AbortSignal) => Promise<void>): void;
  /** Adds a step to a drain phase; steps of a phase run together, phases in order. */
  onDrain(phase: DrainPhase, name: string, step: (options: { deadline: number }) => Promise<void>): void;
  drain(): Promise<DrainReport>;
  /** Live state of every actor, server and loop, for `inspect` and the dashboard. */
  inspect(): NodeInspection;
}

export const DRAIN_PHASES = [
  "stop-accepting",
  "finish-mailboxes",
  "ack-or-nak",
  "release-leases",
  "close",
] as const;
export type DrainPhase = (typeof DRAIN_PHASES)[number];

export interface DrainReport {
  clean: boolean;
  phases: { phase: DrainPhase; ms: number; timedOut: boolean; errors: string[] }[];
}

export interface NodeInspection {
  name: string;
  roles: readonly Role[];
  state: "starting" | "ready" | "draining" | "stopped";
  /** Why the node cannot go on, in one line; it should be drained and its process ended. */
  failure?: string;
  actors: {
    path: string;
    mailbox: number;
    capacity: number;
    processed: number;
    restarts: number;
    state: string;
  }[];
}
