/** Doing durable work: at least once, its result sent home as durably as it came. */
import { decodeEnvelope, type Envelope, encodeEnvelope } from "../../protocol/envelope.ts";
import { Failure } from "../../protocol/failure.ts";
import { methodSubject, resultSubject } from "../../protocol/subject.ts";
import type { Context } from "../context.ts";
import type { ServeOptions } from "../services.ts";
import type { JobConsumer, JobDelivery } from "../transport/transport.ts";
import { CallContext } from "./call-context.ts";
import type { Endpoint, EndpointStats } from "./endpoint.ts";
import { JOB_OVERHEAD_BYTES, jobId } from "./job-client.ts";
import { checkAccepted } from "./served-call.ts";
import { FAILURE_BYTES, type Wire } from "./wire.ts";

const CONCURRENCY = 8;
const ACK_WAIT_MS = 30_000;
const MAX_DELIVER = 5;

export class JobServer {
  readonly endpoint: Endpoint;
  readonly #wire: Wire;
  readonly #handler: (input: unknown, context: Context) => Promise<unknown>;
  readonly #options: ServeOptions;
  readonly #maxDeliver: number;
  readonly #key: string | undefined;
  readonly #stats: () => EndpointStats;
  #consumer: JobConsumer | undefined;
  #requests = 0;
  #errors = 0;
  #processingMs = 0;
  #running = 0;
  #lastError: string | undefined;

  constructor(
    wire: Wire,
    endpoint: Endpoint,
    handler: (input: unknown, context: Context) => Promise<unknown>,
    options: ServeOptions,
  ) {
    this.#wire = wire;
    this.endpoint = endpoint;
    this.#handler = handler;
    this.#options = options;
    this.#maxDeliver = options.maxDeliver ?? MAX_DELIVER;
    this.#key = endpoint.method.key === undefined ? undefined : options.key;
    const subject = methodSubject(wire.net, endpoint.service, endpoint.name, this.#key);
    this.#stats = () => ({
      ...endpoint.labels,
      summary: endpoint.service.summary,
      version: endpoint.version,
      subject,
      requests: this.#requests,
      errors: this.#errors,
      processingMs: this.#processingMs,
      lastError: this.#lastError,
      waiting: 0,
      running: this.#running,
    });
    wire.stats.add(this.#stats);
  }

  async start(): Promise<void> {
    const { service, name } = this.endpoint;
    this.#consumer = await this.#wire.transport.jobs.consume(
      methodSubject(this.#wire.net, service, name, this.#key),
      {
        concurrency: this.#options.concurrency ?? CONCURRENCY,
        ackWaitMs: this.#options.ackWaitMs ?? ACK_WAIT_MS,
        // One more than is worked on: the delivery in which a job that killed all its servers is given up.
        maxDeliver: this.#maxDeliver + 1,
      },
      (delivery, signal) => this.#take(delivery, signal),
    );
  }

  async drain(options: { deadline: number }): Promise<{ finished: number; returned: number }> {
    this.#wire.stats.delete(this.#stats);
    return (await this.#consumer?.drain(options)) ?? { finished: 0, returned: 0 };
  }

  async #take(delivery: JobDelivery, signal: AbortSignal): Promise<void> {
    const { endpoint } = this;
    const wire = this.#wire;
    this.#requests++;
    this.#running++;
    const start = wire.clock.monotonic();
    let envelope: Envelope | undefined;
    let resultsTo: string | undefined;
    try {
      envelope = decodeEnvelope(delivery.data, { maxBytes: endpoint.maxBytes + JOB_OVERHEAD_BYTES });
      const body = envelope.body();
      // Known before anything is checked, so that whoever sent a bad one, or a newer one, is told.
      resultsTo = requesterOf(body);
      checkAccepted(endpoint, "job", envelope);
      if (delivery.delivery > this.#maxDeliver) throw givenUp(endpoint, this.#maxDeliver);
      const now = wire.clock.now();
      if (envelope.deadline !== undefined && envelope.deadline <= now) {
        endpoint.dropped.add("expired");
        await this.#finish(envelope, resultsTo, expired(endpoint, envelope.deadline));
        return;
      }
      const { input } = endpoint.readJobCall(envelope.version, body);
      const output = await this.#work(envelope, input, delivery, signal);
      await this.#finish(envelope, resultsTo, output);
      endpoint.served.add("ok");
    } catch (thrown) {
      const failure = Failure.from(thrown);
      this.#errors++;
      this.#lastError = failure.toLine();
      endpoint.served.add(failure.code);
      const last = delivery.delivery >= this.#maxDeliver;
      // A consumer that stops gives its jobs back: that is no outcome of theirs.
      if (signal.aborted || (failure.retryable && !last)) throw returned(failure, signal);
      if (envelope !== undefined) await this.#finish(envelope, resultsTo, failure);
      throw failure.retryable ? exhausted(failure) : failure;
    } finally {
      this.#running--;
      const tookMs = wire.clock.monotonic() - start;
      this.#processingMs += tookMs;
      endpoint.tookSeconds(tookMs / 1_000);
    }
  }

  async #work(
    envelope: Envelope,
    input: unknown,
    delivery: JobDelivery,
    signal: AbortSignal,
  ): Promise<unknown> {
    const wire = this.#wire;
    const context = new CallContext(wire, this.endpoint, envelope, {
      deadline: Math.min(
        envelope.deadline ?? Number.POSITIVE_INFINITY,
        wire.clock.now() + this.endpoint.timeoutMs,
      ),
      key: this.#key,
      delivery: delivery.delivery,
    });
    const stop = () => context.stop(new Failure("draining", "the node is shutting down"));
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await this.#handler(input, context);
    } finally {
      context.end();
      signal.removeEventListener("abort", stop);
    }
  }

  /** Stores the result for its requester; a repeated one is stored once. */
  async #finish(envelope: Envelope, resultsTo: string | undefined, outcome: unknown): Promise<void> {
    if (resultsTo === undefined) return;
    const { endpoint } = this;
    const wire = this.#wire;
    const encode = (body: unknown) =>
      encodeEnvelope(
        {
          type: "ok",
          schema: endpoint.output,
          version: endpoint.outputVersion,
          id: wire.nextId(),
          correlation: envelope.correlation,
          causation: envelope.id,
          trace: envelope.trace,
          sender: wire.node,
        },
        body,
        { maxBytes: Math.max(endpoint.maxBytes, FAILURE_BYTES) + JOB_OVERHEAD_BYTES },
      );
    const data =
      outcome instanceof Failure
        ? encode({ ok: false, failure: outcome.toWire() })
        : encode({ ok: true, value: outcome });
    const subject = resultSubject(wire.net, endpoint.service, endpoint.name, resultsTo);
    const id = `${jobId(endpoint, this.#key, resultsTo, envelope.id)}/done`;
    await wire.transport.jobs.enqueue(subject, data, { id });
  }
}

function requesterOf(body: unknown): string | undefined {
  const { resultsTo } = (body ?? {}) as { resultsTo?: unknown };
  return typeof resultsTo === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(resultsTo) ? resultsTo : undefined;
}

const expired = (endpoint: Endpoint, deadline: number): Failure =>
  new Failure("expired", `${endpoint.title} was not started before its deadline`, { meta: { deadline } });

const givenUp = (endpoint: Endpoint, deliveries: number): Failure =>
  new Failure("defect", `max-deliveries: ${endpoint.title} ended its server every time`, {
    meta: { deliveries },
    hint: "Look for a crash or an out-of-memory kill where it ran, then replay the dead letter.",
  });

const exhausted = (failure: Failure): Failure =>
  new Failure(failure.code, `max-deliveries: ${failure.message}`.slice(0, 1_000), {
    retryable: false,
    owner: failure.owner,
    meta: failure.meta,
    cause: failure,
  });

const returned = (failure: Failure, signal: AbortSignal): Failure =>
  signal.aborted && !failure.retryable ? new Failure("draining", "the node is shutting down") : failure;
