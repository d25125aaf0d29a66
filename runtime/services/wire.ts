/** What all clients and servers of one node share: identity, ids, traces, deadlines, the reply inbox. */
import { type Envelope, encodeEnvelope, type FrameType, type Message } from "../../protocol/envelope.ts";
import { Failure, WireFailure } from "../../protocol/failure.ts";
import { FrameWriter } from "../../protocol/frame-writer.ts";
import type { Service } from "../../protocol/service.ts";
import { versionOf } from "../../protocol/versions.ts";
import type { Context } from "../context.ts";
import type { Logger } from "../observe/logger.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Clock, Rng } from "../ports/index.ts";
import type { OutboundOptions, Transport } from "../transport/transport.ts";
import { DeadlineWheel } from "./deadline-wheel.ts";
import { Endpoint, type EndpointStats } from "./endpoint.ts";
import { HexPool } from "./hex-pool.ts";
import { Pulse } from "./pulse.ts";
import { RemoteReaders } from "./remote-readers.ts";
import { Replies } from "./replies.ts";
import { Tally } from "./tally.ts";

export interface ServicesOptions {
  transport: Transport;
  clock: Clock;
  rng: Rng;
  /** Network name: the second token of every subject. */
  net: string;
  /** Node name: the sender of every message. */
  node: string;
  log: Logger;
  metrics: Metrics;
}

/** An error body is bounded by `WireFailure`: eight causes of a few kilobytes each. */
export const FAILURE_BYTES = 64 * 1024;
const FAILURE_VERSION = versionOf(WireFailure);
/** Answers and events: what no queue shares out. */
export const BUNDLED: OutboundOptions = { bundle: true };

/** All numbers of two digits in base 36. */
const PAIRS = Array.from({ length: 36 * 36 }, (_, number) => number.toString(36).padStart(2, "0"));
const STARTS_TRACE: ReadonlySet<FrameType> = new Set(["call", "open", "job"]);

export class Wire {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly net: string;
  readonly node: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly wheel: DeadlineWheel;
  readonly pulse: Pulse;
  /** Streams of bytes that this node sends just now: they share a window. */
  byteStreams = 0;
  readonly tally: Tally;
  readonly replies: Replies;
  readonly remoteReaders: RemoteReaders;
  /** Live statistics of everything that is served here. */
  readonly stats = new Set<() => EndpointStats>();
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #hex: HexPool;
  readonly #prefix: string;
  readonly #frames: FrameWriter;
  #block = "";
  #blocks = 0;
  #idsLeft = 0;

  constructor(options: ServicesOptions) {
    this.transport = options.transport;
    this.clock = options.clock;
    this.net = options.net;
    this.node = checkedSender(options.node);
    this.log = options.log;
    this.metrics = options.metrics;
    this.wheel = new DeadlineWheel(options.clock);
    this.pulse = new Pulse(options.clock);
    this.tally = new Tally(options.clock, options.metrics);
    this.replies = new Replies(options.transport);
    this.remoteReaders = new RemoteReaders(options.transport, options.clock);
    this.#hex = new HexPool(options.rng);
    this.#frames = new FrameWriter(this.node);
    // A restarted node must not repeat the ids of its former life.
    this.#prefix = `${this.#hex.take(12)}-`;
  }

  endpoint(service: Service, name: string): Endpoint {
    const key = `${service.name}@${service.version}.${name}`;
    let endpoint = this.#endpoints.get(key);
    if (endpoint === undefined || endpoint.service !== service) {
      this.#endpoints.set(key, (endpoint = new Endpoint(service, name, this.tally)));
    }
    return endpoint;
  }

  nextId(): string {
    // Two digits change from one id to the next: the rest is written once for all that share it.
    if (this.#idsLeft === 0) {
      this.#idsLeft = PAIRS.length;
      this.#block = this.#prefix + (++this.#blocks).toString(36);
    }
    return this.#block + PAIRS[--this.#idsLeft]!;
  }

  /** An id that nobody can tell from others: whoever knows it may end what it names. */
  secretId(): string {
    return this.#hex.take(32);
  }

  /** A traceparent: a span of its own in the parent's trace, or a new trace. */
  traceparent(parent: Context | undefined): string {
    const trace = parent?.trace;
    if (trace === undefined) {
      const traceId = this.#hex.take(32);
      // The first span of a trace has nothing to be told apart from: half of the trace's digits will do.
      return `00-${traceId}-${traceId.slice(0, 16)}-01`;
    }
    return `00-${trace.traceId}-${this.#hex.take(16)}-${trace.sampled ? "01" : "00"}`;
  }

  /** The question of a request. `cause` is the message of the parent, when it was decoded here. */
  writeCall(
    endpoint: Endpoint,
    id: string,
    deadline: number,
    parent: Context | undefined,
    cause: Envelope | undefined,
    body: unknown,
  ): Message {
    if (!isJson(body) || (parent !== undefined && cause === undefined)) {
      return this.encode("call", endpoint, { id, deadline, parent }, body);
    }
    const trace = this.traceparent(parent);
    return this.#frames.call(endpoint.callBeginning, id, cause, deadline, trace, body, endpoint.maxBytes);
  }

  writeEvent(
    endpoint: Endpoint,
    deadline: number | undefined,
    parent: Context | undefined,
    body: unknown,
  ): Message {
    const id = this.nextId();
    if (parent !== undefined || deadline !== undefined || !isJson(body)) {
      return this.encode("event", endpoint, { id, deadline, parent }, body);
    }
    return this.#frames.event(endpoint.eventBeginning, id, body, endpoint.maxBytes);
  }

  /** What a request is answered with. */
  writeOk(endpoint: Endpoint, call: Envelope, body: unknown): Message {
    if (!isJson(body)) return this.encodeAnswer("ok", endpoint, call, body);
    return this.#frames.ok(endpoint.okBeginning, this.nextId(), call, body, endpoint.maxBytes);
  }

  /** Writes the chunks of one stream, numbered from 0: each a JSON body as `jsonBody` makes it. */
  chunkWriter(endpoint: Endpoint, call: Envelope, id: string): (seq: number, json: string) => string {
    const beginning = this.#frames.chunks(endpoint.chunkBeginning, id, call);
    return (seq, json) => this.#frames.chunk(beginning, seq, json);
  }

  /** The first message of a call, or one that its parent caused. */
  encode(
    type: FrameType,
    endpoint: Endpoint,
    message: { id: string; deadline?: number | undefined; seq?: number; parent?: Context | undefined },
    body: unknown,
    maxBytes = endpoint.maxBytes,
  ): Uint8Array<ArrayBuffer> {
    const { parent } = message;
    return encodeEnvelope(
      {
        type,
        schema: endpoint.input,
        version: endpoint.inputVersion,
        id: message.id,
        correlation: parent?.correlationId,
        causation: parent?.messageId,
        deadline: message.deadline,
        // An announcement that nothing caused is part of no trace; its subscribers start their own.
        trace: parent !== undefined || STARTS_TRACE.has(type) ? this.traceparent(parent) : undefined,
        sender: this.node,
        seq: message.seq,
      },
      body,
      // Ids of jobs, deadlines of events and contexts of others come from outside: these are checked.
      {
        maxBytes,
        trusted:
          parent === undefined && type !== "job" && (type !== "event" || message.deadline === undefined),
      },
    );
  }

  /** A message that answers `call`: same conversation. Whoever asked knows the trace. */
  encodeAnswer(
    type: FrameType,
    endpoint: Endpoint,
    call: Envelope | undefined,
    body: unknown,
    frame?: { id: string; seq: number },
  ): Uint8Array<ArrayBuffer> {
    return encodeEnvelope(
      {
        type,
        schema: type === "err" ? "failure" : endpoint.output,
        version: type === "err" ? FAILURE_VERSION : endpoint.outputVersion,
        id: frame === undefined ? this.nextId() : frame.id,
        correlation: call?.correlation,
        causation: call?.id,
        sender: this.node,
        seq: frame?.seq,
      },
      body,
      { maxBytes: type === "err" ? FAILURE_BYTES : endpoint.maxBytes, trusted: true },
    );
  }

  /** Answers with a failure, when there is somewhere to answer to. */
  refuse(endpoint: Endpoint, reply: string | undefined, call: Envelope | undefined, failure: Failure): void {
    endpoint.served.add(failure.code);
    if (reply !== undefined) this.answer(reply, this.encodeAnswer("err", endpoint, call, failure.toWire()));
  }

  /** Sends the last word on a call; those of one turn to one asker share a message. */
  answer(reply: string, data: Message): void {
    this.send(reply, data, BUNDLED);
  }

  /** Publishes where nobody waits for the outcome: a transport that is gone is a line in the log. */
  send(subject: string, data: Message, options?: OutboundOptions): void {
    try {
      this.transport.publish(subject, data, options);
    } catch (thrown) {
      this.log.debug("could not publish", { subject, problem: Failure.from(thrown).message });
    }
  }
}

/** Any other body travels as bytes, or not at all. */
const isJson = (body: unknown): boolean => body !== undefined && !(body instanceof Uint8Array);

/** Every message carries it, so that it is checked once. */
function checkedSender(node: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/.test(node)) return node;
  throw new Failure("malformed", "a node's name must be 1 to 128 letters, digits and ._:/-", {
    meta: { node: node.slice(0, 140) },
  });
}
