/** One method of one service with what every message of it needs: names, limits, counters. */
import { z } from "zod";
import { Failure, type FailureCode } from "../../protocol/failure.ts";
import { JobCall, JobDone } from "../../protocol/job-message.ts";
import {
  type AnyMethod,
  DEFAULT_MAX_BYTES,
  DEFAULT_TIMEOUT_MS,
  type JobMethod,
  type Service,
} from "../../protocol/service.ts";
import { Counters, type Tally } from "./tally.ts";

/** What ADR-32 discovery and `inspect` show of a served endpoint. */
export interface EndpointStats {
  service: string;
  version: number;
  method: string;
  subject: string;
  requests: number;
  errors: number;
  processingMs: number;
  lastError: string | undefined;
  /** Waiting in the mailbox and being handled. */
  waiting: number;
  running: number;
}

export class Endpoint {
  readonly service: Service;
  readonly name: string;
  readonly method: AnyMethod;
  readonly input: string;
  readonly output: string;
  readonly version: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly labels: { readonly service: string; readonly method: string };
  /** Calls made, by outcome. */
  readonly calls: Counters;
  /** Messages served, by outcome. */
  readonly served: Counters;
  /** Messages nobody handled, by reason. */
  readonly dropped: Counters;
  readonly #tally: Tally;
  #tookSeconds: ((seconds: number) => void) | undefined;
  #jobCall: ReturnType<typeof JobCall> | undefined;
  #jobDone: ReturnType<typeof JobDone> | undefined;

  constructor(service: Service, name: string, tally: Tally) {
    const method = service.methods[name]!;
    this.service = service;
    this.name = name;
    this.method = method;
    this.input = `${service.name}.${name}.input`;
    this.output = `${service.name}.${name}.output`;
    this.version = service.version;
    this.maxBytes = method.maxBytes ?? DEFAULT_MAX_BYTES;
    this.timeoutMs = method.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#tally = tally;
    const labels = (this.labels = { service: service.name, method: name });
    const counters = (counter: string, label: string) =>
      new Counters((value) => tally.counter(counter, { ...labels, [label]: value }));
    this.calls = counters("orrery_calls_total", "outcome");
    this.served = counters("orrery_served_total", "outcome");
    this.dropped = counters("orrery_dropped_total", "reason");
  }

  /** Notes how long a message was served; a method that is only called has no such figure. */
  get tookSeconds(): (seconds: number) => void {
    return (this.#tookSeconds ??= this.#tally.observer("orrery_served_seconds", this.labels));
  }

  /** How this job travels. Built once: a schema compiles itself at its first use. */
  get jobCall(): ReturnType<typeof JobCall> {
    return (this.#jobCall ??= JobCall(this.method as JobMethod));
  }

  get jobDone(): ReturnType<typeof JobDone> {
    return (this.#jobDone ??= JobDone(this.method as JobMethod));
  }

  get title(): string {
    return `${this.service.name}.${this.name}`;
  }
}

/** A body as its schema says; fails with `code` and the first thing that is wrong. */
export function validated<T extends z.ZodType>(
  schema: T,
  body: unknown,
  what: string,
  code: FailureCode = "malformed",
): z.output<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new Failure(code, `${what} does not fit its schema`, {
    meta: { problem: z.prettifyError(result.error).slice(0, 500) },
    hint: "Compare the version of both nodes, and the message with the protocol reference.",
  });
}
