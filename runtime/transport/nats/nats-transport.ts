/** The transport over one connection to a NATS cluster. */
import { createInbox, type Msg, type NatsConnection, type PublishOptions } from "@nats-io/nats-core";
import { decodeBundle, isBundle } from "../../../protocol/bundle.ts";
import { Failure } from "../../../protocol/failure.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Clock, Rng } from "../../ports/index.ts";
import { type Framed, framedBytes } from "../framed.ts";
import type {
  Inbound,
  KeyValue,
  OutboundOptions,
  Subscription,
  Transport,
  TransportStatus,
} from "../transport.ts";
import { Bundles } from "./bundles.ts";
import { jetStreamOf, type NatsContext, serverInfoOf } from "./context.ts";
import { closedConnection, natsFailure } from "./failures.ts";
import { serverFeatures } from "./features.ts";
import { type NatsJobs, natsJobs } from "./jobs.ts";
import { natsKeyValue } from "./key-value.ts";
import { Outbox } from "./outbox.ts";
import { Requests } from "./requests.ts";
import { followStatus } from "./status.ts";
import { writeFramed } from "./write-framed.ts";

export interface NatsTransportOptions {
  nc: NatsConnection;
  net: string;
  clock: Clock;
  rng: Rng;
  log: Logger;
  replicas: number;
  inboxPrefix: string | undefined;
}

/** What may wait for a reconnect before further messages are refused, in bytes. */
const OFFLINE_BYTES = 8 * 1024 * 1024;
const KEPT_OVERHEAD_BYTES = 256;
const ROUND_TRIP_MS = 10_000;
const CLOSE_MS = 2_000;
/** Texts above this gain nothing from being written with others. */
const SMALL_CHARACTERS = 8 * 1024;
const MOST_BYTES_OF_CHARACTER = 3;
const SUBJECT = /^[^\s.]+(\.[^\s.]+)*$/;
const ASCII = /^[\x21-\x7e]+$/;

export class NatsTransport implements Transport {
  readonly kind = "nats";
  readonly jobs: NatsJobs;
  readonly leases: KeyValue;
  readonly context: NatsContext;
  readonly #nc: NatsConnection;
  readonly #inboxPrefix: string | undefined;
  readonly #listeners = new Set<(status: TransportStatus) => void>();
  readonly #waiting = new Set<(failure: Failure) => void>();
  readonly #bundles: Bundles;
  readonly #outbox: Outbox;
  #lastSubject = "";
  #closed = false;
  #online = true;
  readonly #kept: (() => void)[] = [];
  #keptBytes = 0;

  constructor({ nc, inboxPrefix, ...options }: NatsTransportOptions) {
    this.#nc = nc;
    this.#inboxPrefix = inboxPrefix;
    const server = serverInfoOf(nc);
    this.#outbox = new Outbox(nc, (subject, data, reply) => this.#sendLater(subject, data, { reply }));
    this.#bundles = new Bundles(
      (subject, data) => {
        this.#outbox.flush();
        this.#sendLater(subject, data);
      },
      () => this.maxPayload,
    );
    this.context = {
      nc,
      server,
      ...options,
      requests: new Requests({
        nc,
        clock: options.clock,
        inboxPrefix,
        send: (subject, data, how) => {
          this.#bundles.flush();
          this.#sendNow(subject, data, how);
        },
      }),
      features: serverFeatures(server()),
      ...jetStreamOf(nc, server),
      untilLost: (pending) => this.#untilLost(pending),
      tell: (status) => this.#tell(status),
    };
    this.jobs = natsJobs(this.context);
    this.leases = natsKeyValue(this.context);
    followStatus(this.context, {
      online: (online) => this.#setOnline(online),
      closed: () => this.#end(),
    });
  }

  /** Largest message in bytes, as the server says; it may differ after a reconnect. */
  get maxPayload(): number {
    return this.context.server().max_payload;
  }

  publish(subject: string, data: Uint8Array | string, options?: OutboundOptions): void {
    if (this.#closed) throw closedConnection();
    this.#checkSubject(subject);
    if (typeof data !== "string" && isBundle(data)) throw looksBundled(subject);
    if (options?.bundle === true && this.#online && this.#bundles.add(subject, data)) return;
    this.#bundles.flush();
    const reply = options?.reply ?? "";
    if (typeof data === "string" && this.#online && this.#isSmall(data)) {
      if (reply !== "" && !SUBJECT.test(reply)) throw notASubject(reply);
      this.#outbox.add(subject, reply, data);
      return;
    }
    this.#sendNow(subject, typeof data === "string" ? encoder.encode(data) : data, { reply });
  }

  publishFramed(subject: string, messages: readonly Framed[], options?: { reply?: string }): void {
    const last = messages.at(-1);
    const { reply = "" } = options ?? {};
    const fits = messages.every(({ header, body }) => header.length + body.length <= this.maxPayload);
    // The rest goes the client's way, which checks each.
    if (this.#closed || !this.#online || !fits || !ASCII.test(subject + reply)) {
      for (const message of messages) {
        this.publish(subject, framedBytes(message), message === last ? options : undefined);
      }
      return;
    }
    this.#checkSubject(subject);
    this.#flushAll();
    writeFramed(this.#nc, subject, messages, reply);
  }

  subscribe(
    subject: string,
    handler: (message: Inbound) => void,
    options?: { queue?: string },
  ): Subscription {
    if (this.#closed) throw closedConnection();
    this.#checkSubject(subject);
    const callback = (error: Error | null, message: Msg): void => {
      if (error !== null) {
        this.#refused(subject, error);
        return;
      }
      const { data } = message;
      const bundled = isBundle(data) ? decodeBundle(data, message.subject) : undefined;
      // What only claims to be a bundle is for the handler to refuse.
      if (bundled === undefined) this.#hand(handler, new NatsInbound(message));
      else for (const one of bundled) this.#hand(handler, one);
    };
    try {
      return this.#nc.subscribe(subject, options?.queue ? { callback, queue: options.queue } : { callback });
    } catch (error) {
      throw natsFailure(error, { subject });
    }
  }

  request(
    subject: string,
    data: Uint8Array,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<Inbound> {
    if (this.#closed) return Promise.reject(closedConnection());
    return this.context.requests.ask(subject, data, options) as Promise<Inbound>; // a message has what we promise, and more
  }

  inbox(): string {
    return createInbox(this.#inboxPrefix);
  }

  async flush(): Promise<void> {
    this.#flushAll();
    await this.#roundTrip(() => this.#nc.flush());
  }

  ping(): Promise<number> {
    return this.#roundTrip(async () => {
      const start = this.context.clock.monotonic();
      await this.#nc.flush();
      return this.context.clock.monotonic() - start;
    });
  }

  onStatus(listener: (status: TransportStatus) => void): Subscription {
    this.#listeners.add(listener);
    return { unsubscribe: () => void this.#listeners.delete(listener) };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#flushAll();
    this.#closed = true;
    this.jobs.close();
    // What was published before the close still goes out, when there is a server to take it.
    if (this.#online) await this.#within(CLOSE_MS, () => this.#nc.flush()).catch(() => {});
    this.context.requests.close();
    await this.#nc.close();
  }

  #hand(handler: (message: Inbound) => void, message: Inbound): void {
    try {
      handler(message);
    } catch (thrown) {
      const { message: reason } = Failure.from(thrown);
      this.#tell({ type: "error", detail: `handler of ${message.subject} threw: ${reason}` });
    }
  }

  /** The server hangs up on a larger message than it takes: what could be one goes the client's way, which checks. */
  #isSmall(text: string): boolean {
    return text.length <= SMALL_CHARACTERS && text.length * MOST_BYTES_OF_CHARACTER <= this.maxPayload;
  }

  /** Most messages go where the last one went. */
  #checkSubject(subject: string): void {
    if (subject === this.#lastSubject) return;
    if (!SUBJECT.test(subject)) throw notASubject(subject);
    this.#lastSubject = subject;
  }

  #end(): void {
    this.#closed = true;
    this.#online = false;
    this.jobs.close();
    this.context.requests.close();
  }

  #setOnline(online: boolean): void {
    this.#online = online;
    this.#keptBytes = 0;
    for (const send of this.#kept.splice(0)) send();
    if (online) return;
    // Whether they arrived is unknown; waiting for an answer that went to a dead connection helps nobody.
    const lost = new Failure("unavailable", "the connection to the server was lost before the answer came");
    this.context.requests.fail(lost);
    for (const fail of [...this.#waiting]) fail(lost);
  }

  #untilLost<T>(pending: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#online) reject(new Failure("unavailable", "not connected to a server"));
      this.#waiting.add(reject);
      pending.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  #flushAll(): void {
    this.#bundles.flush();
    this.#outbox.flush();
  }

  /** Behind everything that was published before. */
  #sendNow(subject: string, data: Uint8Array, options: PublishOptions): void {
    this.#outbox.flush();
    this.#send(subject, data, options);
  }

  /** Who published is gone by now: what cannot be sent any more is told to whoever watches the connection. */
  #sendLater(subject: string, data: Uint8Array, options?: PublishOptions): void {
    try {
      this.#send(subject, data, options);
    } catch (thrown) {
      this.#tell({ type: "error", detail: `could not send to ${subject}: ${Failure.from(thrown).message}` });
    }
  }

  #send(subject: string, data: Uint8Array, options?: PublishOptions): void {
    if (!this.#online) {
      this.#keep(subject, data, options);
      return;
    }
    try {
      this.#nc.publish(subject, data, options);
    } catch (error) {
      throw natsFailure(error, sendMeta(subject, data));
    }
  }

  /** The client forgets at every dial what it was told to send, so what is sent while offline waits here. */
  #keep(subject: string, data: Uint8Array, options: PublishOptions | undefined): void {
    if (data.byteLength > this.maxPayload) {
      throw new Failure("too-large", "the message is larger than the transport carries", {
        meta: sendMeta(subject, data),
      });
    }
    this.#keptBytes += data.byteLength + KEPT_OVERHEAD_BYTES;
    if (this.#keptBytes > OFFLINE_BYTES) {
      throw new Failure("unavailable", "not connected, and too much waits to be sent already", {
        meta: { bytes: this.#keptBytes, limit: OFFLINE_BYTES },
      });
    }
    this.#kept.push(() => this.#sendLater(subject, data, options));
  }

  #refused(subject: string, error: Error): void {
    const failure = natsFailure(error, { subject });
    this.#tell({ type: "error", detail: `subscription to ${subject} ended: ${failure.message}` });
  }

  async #roundTrip<T>(act: () => Promise<T>): Promise<T> {
    if (this.#closed) throw closedConnection();
    try {
      return await this.#within(ROUND_TRIP_MS, act);
    } catch (error) {
      throw new Failure("unavailable", "the server did not answer", { cause: error });
    }
  }

  #within<T>(limitMs: number, act: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.context.clock.after(limitMs, () =>
        reject(new Failure("timeout", "no answer in time", { meta: { limitMs } })),
      );
      act()
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }

  #tell(status: TransportStatus): void {
    for (const listener of this.#listeners) listener(status);
  }
}

/** Subject and reply of a message are decoded when asked for: most handlers ask for neither. */
class NatsInbound implements Inbound {
  readonly #message: Msg;

  constructor(message: Msg) {
    this.#message = message;
  }

  get subject(): string {
    return this.#message.subject;
  }

  get data(): Uint8Array {
    return this.#message.data;
  }

  get reply(): string | undefined {
    return this.#message.reply || undefined;
  }
}

const encoder = new TextEncoder();

const looksBundled = (subject: string) =>
  new Failure("malformed", "a message must not begin as a bundle does", { meta: { subject } });

const sendMeta = (subject: string, data: Uint8Array) => ({
  subject: subject.slice(0, 120),
  bytes: data.byteLength,
});

const notASubject = (subject: string) =>
  new Failure("malformed", `${JSON.stringify(subject.slice(0, 120))} is not a subject`, {
    hint: "Tokens without blanks, joined by dots.",
  });
