/** Typed clients and servers over a transport: the only way that roles speak with each other. */
import type { AnyMethod, Implementation, Input, Methods, Output, Service } from "../protocol/service.ts";
import type { StreamEnd } from "../protocol/stream.ts";
import type { Context } from "./context.ts";
import type { Subscription } from "./transport/transport.ts";

export interface CallOptions {
  /** Absolute; the method's own timeout applies when neither this nor a parent is given. The earliest wins. */
  deadline?: number;
  signal?: AbortSignal;
  /** Inherit deadline, signal, trace and correlation of the work that makes this call. */
  parent?: Context;
  /** Required for keyed methods. */
  key?: string;
}

export interface EnqueueOptions extends CallOptions {
  /** Idempotency key: the same id, asked by the same `resultsTo`, is done once. */
  id: string;
  /** The job is not started after this; its requester then gets an `expired` failure. Default: it waits for ever. */
  deadline?: number;
  /** Whose results queue gets the result, usually the enqueuing node's role name. Omit to discard it. */
  resultsTo?: string;
}

export type MethodClient<M extends AnyMethod> = M extends { kind: "request" }
  ? (input: Input<M>, options?: CallOptions) => Promise<Output<M>>
  : M extends { kind: "stream" }
    ? /**
       * Breaks with a retryable failure (`gap`, `unavailable`) when chunks were lost: with a connection, also with that
       * of a miner whose credentials expire while it answers and who comes back with fresh ones. Ask again then. A whole stream
       * returns the digest of what arrived, which was compared with the sender's.
       */
      (input: Input<M>, options?: CallOptions) => AsyncIterable<Output<M>, StreamEnd | undefined>
    : M extends { kind: "event" }
      ? {
          publish(body: Input<M>, options?: CallOptions): void;
          subscribe(
            handler: (body: Output<M>, context: Context) => void,
            options?: { key?: string },
          ): Subscription;
        }
      : {
          enqueue(input: Input<M>, options: EnqueueOptions): Promise<{ duplicate: boolean }>;
          /**
           * Durable results of jobs enqueued with `resultsTo: name`. A job that failed for good arrives as a
           * Failure. Acknowledged when the handler resolves.
           */
          results(
            name: string,
            handler: (result: JobResult<Output<M>>, context: Context) => Promise<void>,
            options?: { concurrency?: number },
          ): Promise<Served>;
        };

export type JobResult<T> =
  | { id: string; ok: true; value: T }
  | { id: string; ok: false; failure: import("../protocol/failure.ts").Failure };

export type Client<M extends Methods> = { readonly [K in keyof M]: MethodClient<M[K]> };

export interface ServeOptions {
  /** Required when the service has keyed methods. */
  key?: string;
  /** Turns at once per method; 1 is turn-based. Default 256, for jobs 8. */
  concurrency?: number;
  /**
   * Bounded mailbox per method: what happens to a message that finds it full. Default 1,024 and `reject`. A remote
   * sender cannot be held back, so `block` lets as many again wait in line until their deadlines, then rejects.
   */
  mailbox?: { capacity: number; overload: "reject" | "drop-oldest" | "block" };
  /** For jobs. Defaults: 30 s, 5 deliveries. */
  ackWaitMs?: number;
  maxDeliver?: number;
}

export interface Served {
  /** Stops accepting, finishes what is in the mailbox until the deadline, gives jobs back. */
  drain(options: { deadline: number }): Promise<{ finished: number; returned: number }>;
}

export interface Services {
  client<M extends Methods>(service: Service<M>): Client<M>;
  serve<M extends Methods>(
    implementation: Implementation<M, Context>,
    options?: ServeOptions,
  ): Promise<Served>;
}
