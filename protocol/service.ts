/**
 * Services as values. One declaration yields the typed client, the typed implementation, validation,
 * NATS subjects, the permission table, JSON Schema and AsyncAPI documents.
 *
 *   export const Sandbox = service("sandbox", 1, { servedBy: ["sandbox"] }, {
 *     run:    job(RunJob, Evidence, { calledBy: ["validator"] }),
 *     status: request(z.object({}), PoolStatus, { calledBy: ["gateway"] }),
 *   })
 */
import type { z } from "zod";
import type { Role } from "./role.ts";

/** Largest encoded body of a method that sets no `maxBytes`: anything larger travels as a blob. */
export const DEFAULT_MAX_BYTES = 64 * 1024;
/** Largest `maxBytes`: with its header such a message just fits NATS's default payload limit of 1 MiB. */
export const MAX_METHOD_BYTES = 1024 * 1024 - 4096;
/** Time for a call to a method that sets no `timeoutMs`, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 30_000;

export type InteractionKind = "request" | "stream" | "event" | "job";

export interface MethodOptions {
  /** Roles that may call (request, stream, job) or subscribe to (event) the method. */
  calledBy: readonly Role[];
  /**
   * Names the routing key that ends the subject, e.g. `uid`. A keyed method is served per key:
   * `orr.<net>.miner.v1.answer.17` reaches only the miner with uid 17.
   */
  key?: string;
  /** How long a call may take when the caller sets no deadline, in milliseconds. Default `DEFAULT_TIMEOUT_MS`. */
  timeoutMs?: number;
  /** Largest encoded body in bytes. Default `DEFAULT_MAX_BYTES`. */
  maxBytes?: number;
  /** One sentence for the generated reference. */
  summary?: string;
}

interface Method<Kind extends InteractionKind, In extends z.ZodType, Out extends z.ZodType>
  extends MethodOptions {
  readonly kind: Kind;
  readonly input: In;
  readonly output: Out;
}

/** A volatile question with one answer before its deadline. */
export type RequestMethod<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType> = Method<
  "request",
  In,
  Out
>;
/** A question answered by a sequence of chunks, under credit flow control. */
export type StreamMethod<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType> = Method<
  "stream",
  In,
  Out
>;
/** A durable unit of work: at-least-once delivery, made effectively once by its idempotency key. */
export type JobMethod<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType> = Method<
  "job",
  In,
  Out
>;
/** A fire-and-forget announcement of the serving role to whoever listens. `output` repeats `input`. */
export type EventMethod<In extends z.ZodType = z.ZodType> = Method<"event", In, In>;
export type AnyMethod = RequestMethod | StreamMethod | JobMethod | EventMethod;

export const request = <In extends z.ZodType, Out extends z.ZodType>(
  input: In,
  output: Out,
  options: MethodOptions,
): RequestMethod<In, Out> => ({ kind: "request", input, output, ...options });

export const stream = <In extends z.ZodType, Out extends z.ZodType>(
  input: In,
  output: Out,
  options: MethodOptions,
): StreamMethod<In, Out> => ({ kind: "stream", input, output, ...options });

export const job = <In extends z.ZodType, Out extends z.ZodType>(
  input: In,
  output: Out,
  options: MethodOptions,
): JobMethod<In, Out> => ({ kind: "job", input, output, ...options });

export const event = <In extends z.ZodType>(input: In, options: MethodOptions): EventMethod<In> => ({
  kind: "event",
  input,
  output: input,
  ...options,
});

export type Methods = Record<string, AnyMethod>;

export interface Service<M extends Methods = Methods> {
  readonly name: string;
  readonly version: number;
  readonly servedBy: readonly Role[];
  readonly summary: string;
  readonly methods: M;
}

const TOKEN = /^[a-z][a-z0-9-]{0,31}$/;
const METHOD = /^[a-z][a-zA-Z0-9]{0,31}$/;

/** Declares a service. Throws at start-up, never later, when a name could not be a subject token. */
export function service<const M extends Methods>(
  name: string,
  version: number,
  options: { servedBy: readonly Role[]; summary: string },
  methods: M,
): Service<M> {
  if (!TOKEN.test(name)) throw new TypeError(`service name ${JSON.stringify(name)} must match ${TOKEN}`);
  if (!Number.isInteger(version) || version < 1 || version > 9_999)
    throw new TypeError(`service ${name}: version must be 1 to 9999`);
  for (const [method, { maxBytes }] of Object.entries(methods)) {
    if (!METHOD.test(method)) throw new TypeError(`${name}.${method} must match ${METHOD}`);
    if (maxBytes !== undefined && !(maxBytes > 0 && maxBytes <= MAX_METHOD_BYTES))
      throw new TypeError(
        `${name}.${method}: maxBytes must be 1 to ${MAX_METHOD_BYTES}; use a blob or a stream`,
      );
  }
  return { name, version, servedBy: options.servedBy, summary: options.summary, methods };
}

export type Input<M extends AnyMethod> = z.output<M["input"]>;
export type Output<M extends AnyMethod> = z.output<M["output"]>;

/** What the handler of one method looks like. Events have none: they are published, not served. */
export type Handler<M extends AnyMethod, Context> = M extends { kind: "stream" }
  ? (input: Input<M>, context: Context) => AsyncIterable<Output<M>>
  : M extends { kind: "event" }
    ? never
    : (input: Input<M>, context: Context) => Promise<Output<M>>;

export type Handlers<M extends Methods, Context> = {
  [K in keyof M as M[K] extends { kind: "event" } ? never : K]: Handler<M[K], Context>;
};

export interface Implementation<M extends Methods = Methods, Context = never> {
  readonly service: Service<M>;
  readonly handlers: Handlers<M, Context>;
}

/** Binds handlers to a service; every non-event method must be there, with the declared types. */
export const implement = <M extends Methods, Context>(
  service: Service<M>,
  handlers: Handlers<M, Context>,
): Implementation<M, Context> => ({ service, handlers });
