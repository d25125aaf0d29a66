/** The context of one message; what a handler does not touch is never made. */
import type { Envelope } from "../../protocol/envelope.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Context } from "../context.ts";
import type { Logger } from "../observe/logger.ts";
import type { TraceContext } from "../observe/trace.ts";
import { parseTraceparent } from "../observe/traceparent.ts";
import type { Expiring } from "./deadline-wheel.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Wire } from "./wire.ts";

export class CallContext implements Context, Expiring {
  readonly deadline: number;
  readonly key: string | undefined;
  readonly delivery: number;
  readonly #wire: Wire;
  readonly #endpoint: Endpoint;
  readonly #envelope: Envelope;
  #abort: AbortController | undefined;
  #reason: Failure | undefined;
  #ended = false;
  #trace: TraceContext | undefined;
  #log: Logger | undefined;

  constructor(
    wire: Wire,
    endpoint: Endpoint,
    envelope: Envelope,
    options: { deadline: number; key: string | undefined; delivery?: number },
  ) {
    this.#wire = wire;
    this.#endpoint = endpoint;
    this.#envelope = envelope;
    this.deadline = options.deadline;
    this.key = options.key;
    this.delivery = options.delivery ?? 1;
  }

  /** The message that this is the context of; its fields were checked. */
  get cause(): Envelope {
    return this.#envelope;
  }

  get messageId(): string {
    return this.#envelope.id;
  }

  get correlationId(): string {
    return this.#envelope.correlation;
  }

  get sender(): string {
    return this.#envelope.sender;
  }

  get trace(): TraceContext {
    this.#trace ??= parseTraceparent(this.#envelope.trace ?? this.#wire.traceparent(undefined))!;
    return this.#trace;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#reason !== undefined) this.#abort.abort(this.#reason);
      else if (!this.#ended) this.#wire.wheel.add(this);
    }
    return this.#abort.signal;
  }

  get log(): Logger {
    this.#log ??= this.#wire.log.child({
      ...this.#endpoint.labels,
      messageId: this.messageId,
      correlationId: this.correlationId,
      traceId: this.trace.traceId,
      ...(this.key === undefined ? {} : { key: this.key }),
    });
    return this.#log;
  }

  /** Why the work should stop; undefined while it should go on. */
  stopped(): Failure | undefined {
    return this.#reason;
  }

  stop(reason: Failure): void {
    if (this.#reason !== undefined || this.#ended) return;
    this.#reason = reason;
    if (this.#abort === undefined) return;
    this.#wire.wheel.remove(this);
    this.#abort.abort(reason);
  }

  expire(): void {
    this.stop(new Failure("timeout", "the deadline has passed", { meta: { method: this.#endpoint.title } }));
  }

  /** The work is over: nothing aborts any more. */
  end(): void {
    this.#ended = true;
    if (this.#abort !== undefined) this.#wire.wheel.remove(this);
  }
}
