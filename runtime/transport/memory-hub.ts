/** What all connections of a memory network share: routing, limits, queues, the way to the broker. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../ports/index.ts";
import { MemoryDeadLetters } from "./memory-dead-letters.ts";
import { MemoryJobs } from "./memory-jobs.ts";
import { MemoryKeyValue } from "./memory-kv.ts";
import { SubjectRouter } from "./memory-router.ts";
import type { Inbound, Subscription } from "./transport.ts";

/** Name under which jobs, leases and dead letters are reached: what a server is on a real network. */
export const BROKER = "broker";

/**
 * Carries bytes from one connection to another: calls `deliver` once, later, many times, never, or with other
 * bytes. Without one, everything arrives in order at once. Simulated faults are links.
 */
export type Link = (from: string, to: string, data: Uint8Array, deliver: (data: Uint8Array) => void) => void;

export interface MemoryNetworkOptions {
  clock: Clock;
  /** Largest message in bytes. Default 1 MiB, as nats-server's. */
  maxPayload?: number;
  /** Messages that one connection may have waiting before further ones are dropped and reported. */
  maxPending?: number;
  /** The same in bytes. */
  maxPendingBytes?: number;
  /** How long a question to the broker may stay unanswered before it fails with `unavailable`. */
  brokerTimeoutMs?: number;
  link?: Link;
  /**
   * Key-value revisions are above this one. A network whose leases guard something that outlives it, such as a
   * ledger, starts at the time of day, so that fencing tokens grow across restarts.
   */
  revision?: number;
}

/** A connection as its peers see it. */
export interface MemoryPeer {
  readonly name: string;
  accept(subscriber: MemorySubscriber, message: Inbound): void;
}

export interface MemorySubscriber {
  readonly connection: MemoryPeer;
  readonly handler: (message: Inbound) => void;
  open: boolean;
}

/** A connection as the client halves of jobs and leases use it. */
export interface BrokerLink {
  readonly name: string;
  readonly clock: Clock;
  readonly alive: boolean;
  /** Runs `act` at the broker and brings its result back. */
  askBroker<T>(act: () => T): Promise<T>;
  /** Runs what arrived for the client: not when dead, later when frozen. */
  hear(act: () => void): void;
  /** Runs `stop` when the connection closes or dies. */
  onClose(stop: () => void): Subscription;
}

/** Deliveries in a row before the event loop gets its turn, so that timers and sockets never starve. */
const TURNS = 1_024;

export class MemoryHub {
  readonly clock: Clock;
  readonly maxPayload: number;
  readonly maxPending: number;
  readonly maxPendingBytes: number;
  readonly brokerTimeoutMs: number;
  readonly link: Link | undefined;
  readonly router = new SubjectRouter<MemorySubscriber>();
  readonly dead: MemoryDeadLetters;
  readonly jobs: MemoryJobs;
  readonly keyValue: MemoryKeyValue;
  #turns = 0;

  constructor(options: MemoryNetworkOptions) {
    this.clock = options.clock;
    this.maxPayload = options.maxPayload ?? 1024 * 1024;
    this.maxPending = options.maxPending ?? 262_144;
    this.maxPendingBytes = options.maxPendingBytes ?? 256 * 1024 * 1024;
    this.brokerTimeoutMs = options.brokerTimeoutMs ?? 5_000;
    this.link = options.link;
    this.keyValue = new MemoryKeyValue(options.revision);
    this.dead = new MemoryDeadLetters(options.clock);
    this.jobs = new MemoryJobs({ clock: options.clock, dead: this.dead });
  }

  /** True when the event loop is due its turn; the caller then goes on with `clock.after(0, …)`. */
  turnIsOver(): boolean {
    if (++this.#turns < TURNS) return false;
    this.#turns = 0;
    return true;
  }

  /** Runs `act` on the other side of the link between two names, never synchronously. */
  pass(from: string, to: string, act: () => void): void {
    if (this.link === undefined) queueMicrotask(act);
    else this.link(from, to, NOTHING, () => queueMicrotask(act));
  }

  checkPayload(subject: string, data: Uint8Array): void {
    if (data.byteLength <= this.maxPayload) return;
    throw new Failure("too-large", "the message is larger than the transport carries", {
      meta: { subject: subject.slice(0, 120), bytes: data.byteLength, maxPayload: this.maxPayload },
      hint: "Send large bodies as blobs.",
    });
  }
}

const NOTHING = new Uint8Array(0);
