/**
 * Questions in flight on one connection: one subscription for all answers, a token per question. Written here
 * rather than taken from the client because it is the hot path: no error objects are made until something fails.
 */
import {
  createInbox,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type PublishOptions,
  type Subscription,
} from "@nats-io/nats-core";
import { Failure } from "../../../protocol/failure.ts";
import type { Clock } from "../../ports/clock.ts";
import { DeadlineWheel, type Expiring } from "../../services/deadline-wheel.ts";
import { closedConnection, natsFailure } from "./failures.ts";

export interface RequestOptions {
  timeoutMs: number;
  signal?: AbortSignal;
  headers?: MsgHdrs;
}

interface RequestsOptions {
  nc: NatsConnection;
  clock: Clock;
  inboxPrefix: string | undefined;
  /** Publishes, or keeps for the next connect. */
  send(subject: string, data: Uint8Array, options: PublishOptions): void;
}

interface Waiting extends Expiring {
  readonly subject: string;
  settle(answer: Msg | Failure): void;
}

/** Bounds what one connection may have asked at once. */
const MAX_IN_FLIGHT = 65_536;

export class Requests {
  readonly #nc: NatsConnection;
  readonly #clock: Clock;
  readonly #send: RequestsOptions["send"];
  readonly #base: string;
  readonly #deadlines: DeadlineWheel;
  readonly #waiting = new Map<string, Waiting>();
  #answers: Subscription | undefined;
  #asked = 0;

  constructor(options: RequestsOptions) {
    this.#nc = options.nc;
    this.#clock = options.clock;
    this.#send = options.send;
    this.#deadlines = new DeadlineWheel(options.clock);
    this.#base = `${createInbox(options.inboxPrefix)}.`;
  }

  ask(subject: string, data: Uint8Array, options: RequestOptions): Promise<Msg> {
    return new Promise((resolve, reject) => {
      const { signal, timeoutMs, headers } = options;
      if (signal?.aborted) return reject(cancelled(subject, signal));
      if (this.#waiting.size >= MAX_IN_FLIGHT) return reject(tooMany(subject));
      this.#answers ??= this.#listen();
      const token = (++this.#asked).toString(36);
      const reply = this.#base + token;
      try {
        this.#send(subject, data, headers === undefined ? { reply } : { reply, headers });
      } catch (error) {
        return reject(natsFailure(error, { subject }));
      }
      const settle = (answer: Msg | Failure) => {
        this.#waiting.delete(token);
        this.#deadlines.remove(waiting);
        if (signal !== undefined) signal.removeEventListener("abort", onAbort);
        if (answer instanceof Failure) reject(answer);
        else resolve(answer);
      };
      const onAbort = () => settle(cancelled(subject, signal));
      const deadline = this.#clock.now() + timeoutMs;
      const waiting = { subject, settle, deadline, expire: () => settle(late(subject, timeoutMs)) };
      this.#deadlines.add(waiting);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.set(token, waiting);
    });
  }

  /** Fails what waits, or only the questions on `subject`. */
  fail(failure: Failure, subject?: string): void {
    for (const waiting of [...this.#waiting.values()]) {
      if (subject === undefined || waiting.subject === subject) waiting.settle(failure);
    }
  }

  close(): void {
    this.fail(closedConnection());
    this.#deadlines.close();
  }

  #listen(): Subscription {
    return this.#nc.subscribe(`${this.#base}*`, {
      callback: (error, message) => {
        if (error !== null) return this.fail(natsFailure(error));
        const waiting = this.#waiting.get(message.subject.slice(this.#base.length));
        if (waiting === undefined) return; // answered, timed out or cancelled before
        const nobody = message.data.length === 0 && message.headers?.code === 503;
        waiting.settle(nobody ? nobodyListens(waiting.subject) : message);
      },
    });
  }
}

const nobodyListens = (subject: string) =>
  new Failure("unavailable", "nobody listens on this subject", {
    meta: { subject },
    hint: "Start a node with the role that serves it.",
  });

const late = (subject: string, timeoutMs: number) =>
  new Failure("timeout", "nobody answered in time", { meta: { subject, timeoutMs } });

const cancelled = (subject: string, signal: AbortSignal | undefined) =>
  new Failure("cancelled", "the request was cancelled", { meta: { subject }, cause: signal?.reason });

const tooMany = (subject: string) =>
  new Failure("overloaded", "too many requests wait for their answer on this connection", {
    meta: { subject, inFlight: MAX_IN_FLIGHT },
  });
