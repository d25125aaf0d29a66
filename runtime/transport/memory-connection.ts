/** One connection to a memory network: what a NATS client is to its server. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import { type Framed, framedBytes } from "./framed.ts";
import { BROKER, type BrokerLink, type MemoryHub, type MemorySubscriber } from "./memory-hub.ts";
import { remoteJobs } from "./memory-job-client.ts";
import { remoteKeyValue } from "./memory-kv-client.ts";
import type { Inbound, JobQueues, KeyValue, Subscription, Transport, TransportStatus } from "./transport.ts";

interface Waiting {
  resolve(message: Inbound): void;
  fail(failure: Failure): void;
}

const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();

export class MemoryConnection implements Transport, BrokerLink {
  readonly kind = "memory";
  readonly maxPayload: number;
  readonly name: string;
  readonly clock: Clock;
  readonly jobs: JobQueues;
  readonly leases: KeyValue;
  readonly #network: MemoryHub;
  readonly #prefix: string;
  readonly #listeners = new Set<(status: TransportStatus) => void>();
  readonly #closing = new Set<() => void>();
  readonly #waiting = new Map<string, Waiting>();
  #removals = new Map<MemorySubscriber, () => void>();
  #mux: Subscription | undefined;
  #inboxes = 0;
  #requests = 0;
  #state: "open" | "frozen" | "closed" | "killed" = "open";
  // Deliveries in order: subscriber and message alternate, so that one takes no object of its own.
  #pending: (MemorySubscriber | Inbound)[] = [];
  #head = 0;
  #pendingBytes = 0;
  #draining = false;
  #dropped = 0;

  constructor(network: MemoryHub, name: string, id: string, clock: Clock) {
    this.#network = network;
    this.name = name;
    this.clock = clock;
    this.maxPayload = network.maxPayload;
    this.#prefix = `_INBOX.${id}`;
    this.jobs = remoteJobs(this, network);
    this.leases = remoteKeyValue(this, network);
  }

  /** Messages dropped because too many were waiting; each burst is also told as `slow-consumer`. */
  get dropped(): number {
    return this.#dropped;
  }

  get alive(): boolean {
    return this.#state === "open" || this.#state === "frozen";
  }

  publish(subject: string, sent: Uint8Array | string, options?: { reply?: string }): void {
    if (this.#state === "killed") return;
    this.#checkOpen();
    const data = typeof sent === "string" ? encoder.encode(sent) : sent;
    this.#network.checkPayload(subject, data);
    const reply = options?.reply;
    const message: Inbound = { subject, data, reply };
    const heard = this.#network.router.route(subject, (subscriber) => this.#send(subscriber, message));
    if (heard === 0 && reply !== undefined) {
      this.#network.pass(BROKER, this.name, () => {
        this.#network.router.route(reply, (subscriber) =>
          subscriber.connection.accept(subscriber, { subject: reply, data: EMPTY, reply: undefined }),
        );
      });
    }
  }

  publishFramed(subject: string, messages: readonly Framed[], options?: { reply?: string }): void {
    const last = messages.at(-1);
    for (const message of messages) {
      this.publish(subject, framedBytes(message), message === last ? options : undefined);
    }
  }

  subscribe(
    subject: string,
    handler: (message: Inbound) => void,
    options?: { queue?: string },
  ): Subscription {
    this.#checkOpen();
    const subscriber: MemorySubscriber = { connection: this, handler, open: true };
    // What was killed while it started goes on for a turn or two: it must take no questions that it will never answer.
    if (this.#state === "killed") return { unsubscribe() {} };
    const remove = this.#network.router.add(subject, subscriber, options?.queue);
    this.#removals.set(subscriber, remove);
    return {
      unsubscribe: () => {
        if (!subscriber.open) return;
        subscriber.open = false;
        this.#removals.delete(subscriber);
        remove();
      },
    };
  }

  request(
    subject: string,
    data: Uint8Array,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<Inbound> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) return reject(cancelledRequest(subject, signal));
      this.#mux ??= this.subscribe(`${this.#prefix}.r.*`, (message) => this.#answered(message));
      const token = `${this.#prefix}.r.${(++this.#requests).toString(36)}`;
      let timer: Timer | undefined;
      const settle = () => {
        timer?.cancel();
        signal?.removeEventListener("abort", abort);
        this.#waiting.delete(token);
      };
      const fail = (failure: Failure) => {
        settle();
        reject(failure);
      };
      const abort = () => fail(cancelledRequest(subject, signal));
      this.publish(subject, data, { reply: token });
      timer = this.clock.after(options.timeoutMs, () =>
        fail(
          new Failure("timeout", "nobody answered in time", {
            meta: { subject, timeoutMs: options.timeoutMs },
          }),
        ),
      );
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.set(token, {
        fail,
        resolve: (message) => {
          if (message.data.byteLength === 0) return fail(nobodyListens(subject));
          settle();
          resolve(message);
        },
      });
    });
  }

  inbox(): string {
    return `${this.#prefix}.i.${(++this.#inboxes).toString(36)}`;
  }

  flush(): Promise<void> {
    return this.askBroker(() => undefined);
  }

  onStatus(listener: (status: TransportStatus) => void): Subscription {
    this.#listeners.add(listener);
    return { unsubscribe: () => void this.#listeners.delete(listener) };
  }

  async ping(): Promise<number> {
    const start = this.clock.monotonic();
    await this.askBroker(() => undefined);
    return this.clock.monotonic() - start;
  }

  async close(): Promise<void> {
    if (!this.alive) return;
    // What was published before the close still goes out: it already has.
    this.#state = "closed";
    this.#letGo();
    for (const waiting of [...this.#waiting.values()]) waiting.fail(closedConnection());
    this.tell({ type: "closed", detail: `${this.name} closed its connection` });
  }

  /** Dies without a word: handlers never run again, promises never settle. For simulation. */
  kill(): void {
    this.#state = "killed";
    this.#letGo();
    this.#waiting.clear();
    this.#listeners.clear();
  }

  /** Stops taking messages, which wait, as a stopped process would; `resume` goes on. For simulation. */
  freeze(): void {
    if (this.#state === "open") this.#state = "frozen";
  }

  resume(): void {
    if (this.#state !== "frozen") return;
    this.#state = "open";
    this.#schedule();
  }

  /** Runs `stop` when the connection closes or dies. */
  onClose(stop: () => void): Subscription {
    this.#closing.add(stop);
    return { unsubscribe: () => void this.#closing.delete(stop) };
  }

  tell(status: TransportStatus): void {
    for (const listener of this.#listeners) listener(status);
  }

  /**
   * Runs `act` at the broker and brings its result back; both ways over the link. Fails with `unavailable`
   * when no answer comes. A dead connection hears nothing more.
   */
  askBroker<T>(act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#state === "closed") return reject(closedConnection());
      const network = this.#network;
      const faulty = network.link !== undefined;
      const timer = faulty
        ? this.clock.after(network.brokerTimeoutMs, () => reject(brokerSilent(network.brokerTimeoutMs)))
        : undefined;
      network.pass(this.name, BROKER, () => {
        if (this.#state === "killed") return;
        let answer: () => void;
        try {
          const value = act();
          answer = () => resolve(value);
        } catch (thrown) {
          answer = () => reject(thrown);
        }
        network.pass(BROKER, this.name, () =>
          this.hear(() => {
            timer?.cancel();
            answer();
          }),
        );
      });
    });
  }

  /** Runs what arrived for the client itself: not when dead, later when frozen. */
  hear(act: () => void): void {
    if (this.#state === "killed") return;
    if (this.#state === "frozen") this.accept({ connection: this, handler: act, open: true }, SELF);
    else act();
  }

  /** Takes a delivery into the bounded queue of this connection. */
  accept(subscriber: MemorySubscriber, message: Inbound): void {
    if (!this.alive || !subscriber.open) return;
    const waiting = (this.#pending.length - this.#head) / 2;
    const network = this.#network;
    if (
      message !== SELF &&
      (waiting >= network.maxPending ||
        this.#pendingBytes + message.data.byteLength > network.maxPendingBytes)
    ) {
      this.#dropped++;
      this.tell({
        type: "slow-consumer",
        detail: `dropped a message on ${message.subject}: ${waiting} messages, ${this.#pendingBytes} bytes wait`,
      });
      return;
    }
    this.#pending.push(subscriber, message);
    this.#pendingBytes += message.data.byteLength;
    this.#schedule();
  }

  #send(subscriber: MemorySubscriber, message: Inbound): void {
    const { link } = this.#network;
    if (link === undefined) subscriber.connection.accept(subscriber, message);
    else
      link(this.name, subscriber.connection.name, message.data, (data) =>
        subscriber.connection.accept(subscriber, data === message.data ? message : { ...message, data }),
      );
  }

  #schedule(): void {
    if (this.#draining || this.#state !== "open") return;
    this.#draining = true;
    queueMicrotask(this.#drain);
  }

  readonly #drain = (): void => {
    while (this.#head < this.#pending.length && this.#state === "open") {
      if (this.#network.turnIsOver()) {
        this.#network.clock.after(0, this.#drain);
        return;
      }
      const subscriber = this.#pending[this.#head++] as MemorySubscriber;
      const message = this.#pending[this.#head++] as Inbound;
      this.#pendingBytes -= message.data.byteLength;
      if (this.#head > 8_192) {
        this.#pending = this.#pending.slice(this.#head);
        this.#head = 0;
      }
      if (!subscriber.open) continue;
      try {
        subscriber.handler(message);
      } catch (thrown) {
        this.tell({
          type: "error",
          detail: `handler of ${message.subject} threw: ${Failure.from(thrown).message}`,
        });
      }
    }
    this.#draining = false;
    if (this.#head >= this.#pending.length) {
      this.#pending = [];
      this.#head = 0;
    }
  };

  #answered(message: Inbound): void {
    this.#waiting.get(message.subject)?.resolve(message);
  }

  #letGo(): void {
    for (const [subscriber, remove] of this.#removals) {
      subscriber.open = false;
      remove();
    }
    this.#removals = new Map();
    this.#pending = [];
    this.#head = 0;
    this.#pendingBytes = 0;
    for (const stop of [...this.#closing]) stop();
    this.#closing.clear();
  }

  #checkOpen(): void {
    if (this.#state === "closed") throw closedConnection();
  }
}

const SELF: Inbound = { subject: "", data: EMPTY, reply: undefined };

const closedConnection = () =>
  new Failure("unavailable", "the connection is closed", {
    hint: "Connect again; a closed transport stays closed.",
  });

const brokerSilent = (timeoutMs: number) =>
  new Failure("unavailable", "the broker did not answer", { meta: { timeoutMs } });

const nobodyListens = (subject: string) =>
  new Failure("unavailable", "nobody listens on this subject", {
    meta: { subject },
    hint: "Start a node with the role that serves it.",
  });

const cancelledRequest = (subject: string, signal: AbortSignal | undefined) =>
  new Failure("cancelled", "the request was cancelled", { meta: { subject }, cause: signal?.reason });
