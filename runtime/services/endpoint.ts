/** One method of one service with what every message of it needs: names, limits, counters. */
import type { z } from "zod";
import { beginningText, type Envelope } from "../../protocol/envelope.ts";
import { JobCall, JobDone } from "../../protocol/job-message.ts";
import { inputName, outputName } from "../../protocol/schema-names.ts";
import {
  type AnyMethod,
  DEFAULT_MAX_BYTES,
  DEFAULT_TIMEOUT_MS,
  type JobMethod,
  type Service,
} from "../../protocol/service.ts";
import { readVersion, versionOf } from "../../protocol/versions.ts";
import { Counters, type Tally } from "./tally.ts";

/** What ADR-32 discovery and `inspect` show of a served endpoint. */
export interface EndpointStats {
  service: string;
  /** One sentence about the service. */
  summary: string;
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
  /** Of the service: part of every subject. */
  readonly version: number;
  /** Versions in which bodies are written; older ones are read as well. */
  readonly inputVersion: number;
  readonly outputVersion: number;
  /** How the most frequent frames begin. */
  readonly callBeginning: string;
  readonly eventBeginning: string;
  readonly okBeginning: string;
  readonly chunkBeginning: string;
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
  /** How a job and its result travel. Built once: a schema compiles itself at its first use. */
  #jobCall: ReturnType<typeof JobCall> | undefined;
  #jobDone: ReturnType<typeof JobDone> | undefined;

  constructor(service: Service, name: string, tally: Tally) {
    const method = service.methods[name]!;
    this.service = service;
    this.name = name;
    this.method = method;
    this.input = inputName(service, name);
    this.output = outputName(service, name);
    this.version = service.version;
    this.inputVersion = versionOf(method.input);
    this.outputVersion = versionOf(method.output);
    this.callBeginning = beginningText("j", "call", this.input, this.inputVersion);
    this.eventBeginning = beginningText("j", "event", this.input, this.inputVersion);
    this.okBeginning = beginningText("j", "ok", this.output, this.outputVersion);
    this.chunkBeginning = beginningText("j", "chunk", this.output, this.outputVersion);
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

  /** The validated body of a message to this method. Fails with `unknown-version` and `malformed`. */
  readInput(envelope: Envelope): unknown {
    return this.#read(this.method.input, this.input, envelope);
  }

  readOutput(envelope: Envelope): unknown {
    return this.#read(this.method.output, this.output, envelope);
  }

  readJobCall(version: number, body: unknown): z.output<ReturnType<typeof JobCall>> {
    return readVersion((this.#jobCall ??= JobCall(this.method as JobMethod)), this.input, version, body);
  }

  readJobDone(envelope: Envelope): z.output<ReturnType<typeof JobDone>> {
    return this.#read((this.#jobDone ??= JobDone(this.method as JobMethod)), this.output, envelope);
  }

  #read<S extends z.ZodType>(schema: S, name: string, envelope: Envelope): z.output<S> {
    return readVersion(schema, name, envelope.version, envelope.body());
  }

  get title(): string {
    return `${this.service.name}.${this.name}`;
  }
}
