/** The calling side of one stream: what arrived is checked, bounded, and handed out in order. */
import type { Envelope } from "../../protocol/envelope.ts";
import { Failure } from "../../protocol/failure.ts";
import { STREAM_END_SCHEMA } from "../../protocol/schema-names.ts";
import { StreamEnd } from "../../protocol/stream.ts";
import { controlSubject } from "../../protocol/subject.ts";
import { readVersion, versionOf } from "../../protocol/versions.ts";
import { Ring } from "../actors/ring.ts";
import type { CallOptions } from "../services.ts";
import type { Inbound } from "../transport/transport.ts";
import { cancelledCall, checkNotCancelled, deadlineOf, nobodyServes, onCancel } from "./call-options.ts";
import type { Expiring } from "./deadline-wheel.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Pulsing, SILENCE_MS } from "./pulse.ts";
import type { Awaiting } from "./replies.ts";
import { decodeAnswer, failureIn, unexpected } from "./request-client.ts";
import { keptAtMost, WINDOW, WINDOW_BYTES } from "./stream-window.ts";
import type { Wire } from "./wire.ts";

type Step = IteratorResult<unknown, StreamEnd | undefined>;

const DONE: Step = { done: true, value: undefined };

interface Arrived {
  readonly frame: Envelope;
  readonly bytes: number;
}

interface Reader {
  resolve(result: Step): void;
  reject(failure: Failure): void;
}

export class StreamReader
  implements AsyncIterator<unknown, StreamEnd | undefined>, Awaiting, Expiring, Pulsing
{
  deadline = 0;
  replyPlace = "";
  replyNumber = 0;
  readonly #wire: Wire;
  readonly #endpoint: Endpoint;
  readonly #subject: string;
  readonly #options: CallOptions | undefined;
  #buffer = new Ring<Arrived>();
  #bufferBytes = 0;
  readonly #hash = new Bun.CryptoHasher("sha256");
  readonly #input: unknown;
  #id = "";
  #stream: string | undefined;
  #started = false;
  #closed = false;
  #ended = false;
  /** With the digest, once all was read. */
  #done = DONE;
  #failure: Failure | undefined;
  #received = 0;
  #bytes = 0;
  #consumed = 0;
  #granted = WINDOW;
  /** Of what was consumed since the producer was last told. */
  #untoldBytes = 0;
  #reader: Reader | undefined;
  #unlisten: (() => void) | undefined;
  #heardAt = 0;

  constructor(
    wire: Wire,
    endpoint: Endpoint,
    subject: string,
    input: unknown,
    options: CallOptions | undefined,
  ) {
    this.#wire = wire;
    this.#endpoint = endpoint;
    this.#subject = subject;
    this.#input = input;
    this.#options = options;
  }

  next(): Promise<Step> {
    try {
      if (!this.#started) this.#start();
      if (this.#buffer.size > 0) return Promise.resolve(this.#takeBuffered());
    } catch (thrown) {
      return Promise.reject(this.#spoiled(Failure.from(thrown, "malformed")));
    }
    if (this.#failure !== undefined) return Promise.reject(this.#raise());
    if (this.#ended || this.#closed) return Promise.resolve(this.#done);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** The reader leaves: the producer is told, and its `finally` runs. */
  async return(): Promise<Step> {
    if (this.#started && !this.#ended && this.#failure === undefined) {
      this.#endpoint.calls.add("cancelled");
      this.#tellProducer("cancel", this.#received);
    }
    this.#buffer = new Ring();
    this.#done = DONE;
    this.#close();
    // Who waits for a chunk in spite of leaving does not wait for ever.
    this.#reader?.resolve(DONE);
    this.#reader = undefined;
    return DONE;
  }

  onReply(inbound: Inbound): void {
    const message = inbound.text ?? inbound.data;
    if (this.#closed) {
      this.#lateReply(message);
      return;
    }
    if (message.length === 0) {
      this.#stop(nobodyServes(this.#endpoint, this.#subject));
      return;
    }
    this.#heardAt = this.#wire.clock.monotonic();
    try {
      const frame = decodeAnswer(this.#endpoint, message);
      if (frame.causation !== undefined && frame.causation !== this.#id) return;
      if (frame.type === "err") {
        this.#stop(failureIn(frame), { buffered: true, tell: false });
        return;
      }
      this.#stream ??= frame.id;
      if (frame.id !== this.#stream) return;
      if (frame.type === "chunk") this.#onChunk(frame);
      else if (frame.type === "end") this.#onEnd(frame);
      else if (frame.type === "open") this.#checkComplete(frame);
      else throw unexpected(this.#endpoint, frame);
    } catch (thrown) {
      this.#stop(Failure.from(thrown, "malformed"), { buffered: true, tell: true });
    }
  }

  onLost(failure: Failure): void {
    this.#stop(failure);
  }

  expire(): void {
    if (this.#closed) {
      this.#forget();
      return;
    }
    this.#stop(
      new Failure("timeout", `${this.#endpoint.title} did not end in time`, {
        meta: { chunks: this.#received },
      }),
    );
  }

  beat(): void {
    if (this.#wire.clock.monotonic() - this.#heardAt > SILENCE_MS) {
      this.#stop(
        new Failure("unavailable", `the server of ${this.#endpoint.title} went silent`, {
          meta: { chunks: this.#received, silentMs: SILENCE_MS },
        }),
      );
    } else {
      this.#tellProducer("credit", this.#granted);
    }
  }

  #start(): void {
    this.#started = true;
    checkNotCancelled(this.#endpoint, this.#options);
    this.deadline = deadlineOf(this.#wire, this.#endpoint, this.#options);
    const parent = this.#options?.parent;
    this.#id = this.#wire.nextId();
    const data = this.#wire.encode(
      "open",
      this.#endpoint,
      { id: this.#id, deadline: this.deadline, seq: WINDOW, parent },
      this.#input,
    );
    this.#heardAt = this.#wire.clock.monotonic();
    const reply = this.#wire.replies.open(this, this.#subject);
    this.#wire.wheel.add(this);
    this.#wire.pulse.add(this);
    this.#unlisten = onCancel(this.#options, () => {
      const { signal, parent } = this.#options ?? {};
      this.#stop(cancelledCall(this.#endpoint, signal?.aborted ? signal.reason : parent?.signal.reason));
    });
    this.#wire.transport.publish(this.#subject, data, { reply });
  }

  #onChunk(frame: Envelope): void {
    const seq = frame.seq!;
    if (seq < this.#received) return; // came twice
    if (seq > this.#received) throw this.#gap(seq);
    if (seq >= this.#granted) {
      throw new Failure("malformed", "the producer sent more than it had credit for", {
        meta: { seq, granted: this.#granted },
      });
    }
    this.#received++;
    const { raw = "" } = frame;
    const bytes = typeof raw === "string" ? Buffer.byteLength(raw) : raw.byteLength;
    this.#hash.update(raw);
    this.#bytes += bytes;
    const arrived = { frame, bytes };
    const reader = this.#reader;
    if (reader === undefined) {
      this.#keep(arrived);
      return;
    }
    // Read before the reader is let go: a chunk that cannot be read ends the stream, and the reader hears why.
    const result = this.#take(arrived);
    this.#reader = undefined;
    reader.resolve(result);
  }

  #keep(arrived: Arrived): void {
    this.#buffer.push(arrived);
    this.#bufferBytes += arrived.bytes;
    if (this.#bufferBytes > keptAtMost(this.#endpoint.maxBytes)) {
      throw new Failure("malformed", "the producer sent more than the window of a stream holds", {
        meta: { bytes: this.#bufferBytes, chunks: this.#buffer.size },
      });
    }
  }

  #onEnd(frame: Envelope): void {
    this.#checkComplete(frame);
    const end = readVersion(StreamEnd, STREAM_END_SCHEMA, versionOf(StreamEnd), frame.body());
    const sha256 = this.#hash.digest("hex");
    if (end.bytes !== this.#bytes || end.sha256 !== sha256) {
      throw new Failure("corrupt", "the stream's digest does not match what arrived", {
        meta: { bytes: this.#bytes, announced: end.bytes, sha256, announcedSha256: end.sha256 },
      });
    }
    this.#ended = true;
    this.#done = { done: true, value: end };
    this.#endpoint.calls.add("ok");
    this.#close();
    this.#reader?.resolve(this.#done);
  }

  /** Heartbeats and the end carry how much was sent: what is missing now never comes. */
  #checkComplete(frame: Envelope): void {
    if (frame.seq! > this.#received) throw this.#gap(frame.seq!);
  }

  #takeBuffered(): Step {
    const arrived = this.#buffer.shift()!;
    this.#bufferBytes -= arrived.bytes;
    return this.#take(arrived);
  }

  #take({ frame, bytes }: Arrived): Step {
    const value = this.#endpoint.readOutput(frame);
    this.#consumed++;
    this.#untoldBytes += bytes;
    const untold = this.#consumed + WINDOW - this.#granted;
    if (!this.#closed && (untold >= WINDOW / 2 || this.#untoldBytes >= WINDOW_BYTES / 2)) {
      this.#granted = this.#consumed + WINDOW;
      this.#untoldBytes = 0;
      this.#tellProducer("credit", this.#granted);
    }
    return { done: false, value };
  }

  /** The reader left before it knew whom to tell: the first frame says it. */
  #lateReply(message: string | Uint8Array): void {
    this.#forget();
    if (this.#stream !== undefined || message.length === 0) return;
    try {
      const frame = decodeAnswer(this.#endpoint, message);
      if (frame.type === "err") return;
      this.#stream = frame.id;
      this.#tellProducer("cancel", 0);
    } catch {
      this.#endpoint.dropped.add("malformed");
    }
  }

  #gap(seq: number): Failure {
    return new Failure("gap", `chunks of ${this.#endpoint.title} are missing`, {
      meta: { expected: this.#received, got: seq },
      // This stream is over for good; the same call may well succeed.
      retryable: true,
      hint: "Ask again; a stream that lost a chunk cannot be completed.",
    });
  }

  /** Ends the stream with a failure; what arrived before may still be read. */
  #stop(
    failure: Failure,
    options: { buffered: boolean; tell: boolean } = { buffered: false, tell: true },
  ): void {
    if (this.#failure !== undefined || this.#ended) return;
    this.#failure = failure;
    this.#endpoint.calls.add(failure.code);
    if (!options.buffered) this.#buffer = new Ring();
    if (options.tell) this.#tellProducer("cancel", this.#received);
    this.#close();
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.reject(this.#raise());
  }

  /** A chunk that cannot be read ends the stream here, also when its end is in already. */
  #spoiled(failure: Failure): Failure {
    this.#stop(failure);
    this.#buffer = new Ring();
    this.#failure = undefined;
    this.#ended = true;
    this.#done = DONE;
    return failure;
  }

  /** A failure is raised once; afterwards the stream is simply over. */
  #raise(): Failure {
    const failure = this.#failure!;
    this.#failure = undefined;
    this.#ended = true;
    return failure;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wire.pulse.remove(this);
    this.#unlisten?.();
    // Without the stream's id the producer cannot be told yet: its first frame is waited for, until the deadline.
    if (this.#stream !== undefined || this.#ended) this.#forget();
  }

  #forget(): void {
    this.#wire.wheel.remove(this);
    this.#wire.replies.forget(this);
  }

  #tellProducer(type: "credit" | "cancel", seq: number): void {
    if (this.#stream === undefined) return;
    const { service, name } = this.#endpoint;
    let subject: string;
    try {
      subject = controlSubject(this.#wire.net, service, name, this.#options?.key, this.#stream);
    } catch {
      return; // a stream id that is no token comes from no producer of ours
    }
    this.#wire.send(subject, this.#wire.encode(type, this.#endpoint, { id: this.#id, seq }, undefined));
  }
}
