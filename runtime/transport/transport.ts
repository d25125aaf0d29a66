/**
 * The transport port: bytes on subjects. Two implementations, `memory` and `nats`, behind one contract
 * suite (`test/contract/transport.ts`). Everything above it (envelopes, deadlines, credit streams, actors)
 * is written once.
 */

import type { Failure } from "../../protocol/failure.ts";
import type { Framed } from "./framed.ts";

export interface Inbound {
  readonly subject: string;
  readonly data: Uint8Array;
  /** The same as text, where it is ASCII and was decoded already. */
  readonly text?: string | undefined;
  /** Where an answer goes, when one is expected. */
  readonly reply: string | undefined;
  /** The last token of the subject, and what stands before its dot, where they are known apart. */
  readonly token?: string | undefined;
  readonly place?: string | undefined;
}

/** What stands before the last dot of a message's subject. */
export const placeOf = ({ place, subject }: Pick<Inbound, "subject" | "place">): string =>
  place ?? subject.slice(0, subject.lastIndexOf("."));

/** The last token of a message's subject. */
export const tokenOf = ({ token, subject }: Pick<Inbound, "subject" | "token">): string =>
  token ?? subject.slice(subject.lastIndexOf(".") + 1);

export interface OutboundOptions {
  /** Where the answer shall go. */
  reply?: string;
  /**
   * May share a message with what goes to the same place in this turn of the event loop: for events, which every
   * subscriber gets, and answers. Never for what a queue shares out. Order and meaning stay; `reply` is not carried.
   */
  bundle?: boolean;
}

export interface Subscription {
  unsubscribe(): void;
}

export interface Transport {
  readonly kind: "memory" | "nats";
  /** Largest message in bytes. */
  readonly maxPayload: number;
  /**
   * Sends without waiting. Text is an envelope, sent as UTF-8. Bytes belong to the transport afterwards: neither side changes them. When
   * `reply` is given and nobody subscribes to the subject, an empty message arrives on `reply` (an envelope
   * is never empty). Throws `too-large`, `malformed` for a subject that is none, `unavailable` once closed.
   */
  publish(subject: string, data: Uint8Array | string, options?: OutboundOptions): void;
  /**
   * Sends each as one message, in order; `reply` goes with the last. The bodies stay the caller's: they are copied before this
   * returns.
   */
  publishFramed(subject: string, messages: readonly Framed[], options?: { reply?: string }): void;
  /**
   * Calls `handler` per message, in the order in which each publisher sent; it must not block. Members of one `queue` share the messages.
   * `*` matches one token, `>` the rest.
   */
  subscribe(subject: string, handler: (message: Inbound) => void, options?: { queue?: string }): Subscription;
  /** One answer. Fails with `unavailable` when nobody listens, `timeout` past `timeoutMs`, `cancelled`. */
  request(
    subject: string,
    data: Uint8Array,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<Inbound>;
  /** A fresh reply subject of this connection. */
  inbox(): string;
  readonly jobs: JobQueues;
  readonly leases: KeyValue;
  /** Resolves when everything published so far has reached the server. */
  flush(): Promise<void>;
  /** Told of what happens to the connection; each event is logged and counted. */
  onStatus(listener: (status: TransportStatus) => void): Subscription;
  /** Round trip to the server in milliseconds; fails with `unavailable`. */
  ping(): Promise<number>;
  close(): Promise<void>;
}

export interface TransportStatus {
  type: "connected" | "disconnected" | "reconnecting" | "slow-consumer" | "error" | "closed";
  detail: string;
  /** With `error`: the subject on which the server let us not publish. What was asked there has reached nobody. */
  refused?: string;
  /** With `closed`: why, where nobody asked for it. It does not come back. */
  failure?: Failure;
}

/**
 * Durable work queues: each message is handled at least once, by one consumer of its queue. Ids are any
 * printable text up to 256 characters and name one job across all subjects of a network.
 */
export interface JobQueues {
  /**
   * Stores a job. The same `id` within the duplicate window (2 min at least) is stored once.
   * Resolves when the server has it; `duplicate` tells whether it had it before.
   */
  enqueue(subject: string, data: Uint8Array, options: { id: string }): Promise<{ duplicate: boolean }>;
  /** Takes jobs of `subject` (exact, or ending in `.*`), the oldest first, at most `concurrency` at once. */
  consume(subject: string, options: ConsumeOptions, handler: JobHandler): Promise<JobConsumer>;
  /** Messages waiting and in flight. */
  depth(subject: string): Promise<{ waiting: number; inFlight: number }>;
  /** Dead letters: every job that was given up, whole, with the reason. */
  readonly dead: DeadLetters;
}

export interface ConsumeOptions {
  concurrency: number;
  /** Redelivered when neither acknowledged nor renewed for this long. */
  ackWaitMs: number;
  /** Deliveries before the job is dead-lettered with reason `max-deliveries`. */
  maxDeliver: number;
}

export interface JobDelivery {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly id: string;
  /** 1 for the first delivery. */
  readonly delivery: number;
  /** Says that work goes on; the consumer also does so by itself at a third of the ack wait. */
  working(): void;
}

/**
 * Resolve to acknowledge. Throw a retryable Failure to be redelivered after `retryAfterMs` (or backoff);
 * throw a terminal one to dead-letter the job at once. `signal` aborts when the consumer stops.
 */
export type JobHandler = (delivery: JobDelivery, signal: AbortSignal) => Promise<void>;

export interface JobConsumer {
  /** Takes no more jobs, waits for those in flight until `deadline`, then gives the rest back. */
  drain(options: { deadline: number }): Promise<{ finished: number; returned: number }>;
}

export interface DeadLetter {
  id: string;
  subject: string;
  reason: string;
  at: number;
  deliveries: number;
  data: Uint8Array;
}

export interface DeadLetters {
  add(letter: Omit<DeadLetter, "at">): Promise<void>;
  /** The newest `limit` letters, the newest first. */
  list(options: { limit: number }): Promise<DeadLetter[]>;
  get(id: string): Promise<DeadLetter | undefined>;
  /** Enqueues the job again under a fresh message id and removes the letter. Fails with `not-found`. */
  replay(id: string): Promise<void>;
  remove(id: string): Promise<void>;
}

/**
 * Small shared state with compare-and-set; leases are built on it. Never relies on per-key TTL. Keys are
 * dot-separated tokens of letters, digits, `_`, `-`, `=` and `/`, at most 256 characters.
 */
export interface KeyValue {
  get(key: string): Promise<{ value: Uint8Array; revision: number } | undefined>;
  /** Fails with `conflict` when the key exists. */
  create(key: string, value: Uint8Array): Promise<number>;
  /** Fails with `conflict` when the revision is not the latest. Revisions only grow, also across deletes. */
  update(key: string, value: Uint8Array, revision: number): Promise<number>;
  /** Fails with `conflict` when a revision is given and is not the latest. Deleting what is not there is fine. */
  delete(key: string, revision?: number): Promise<void>;
  /** Existing keys with the prefix, ascending. */
  keys(prefix: string): Promise<string[]>;
  /** Tells the present entry first (undefined when there is none), then changes in order; of quick ones perhaps only the last. */
  watch(
    key: string,
    listener: (entry: { value: Uint8Array; revision: number } | undefined) => void,
  ): Subscription;
}
