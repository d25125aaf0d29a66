/** The serving side of one stream: chunks go out as fast as the reader grants credit, and no faster. */
import {
  bytesHeader,
  decodeEnvelope,
  type Envelope,
  jsonBody,
  type Message,
} from "../../protocol/envelope.ts";
import { Failure } from "../../protocol/failure.ts";
import type { StreamEnd } from "../../protocol/stream.ts";
import { Ring } from "../actors/ring.ts";
import { ByteStream } from "../byte-stream.ts";
import type { Framed } from "../transport/framed.ts";
import type { Inbound } from "../transport/transport.ts";
import type { CallContext } from "./call-context.ts";
import type { Endpoint } from "./endpoint.ts";
import { PULSE_MS, type Pulsing, SILENCE_MS } from "./pulse.ts";
import type { Followed, RemoteReader } from "./remote-readers.ts";
import type { ServedCall } from "./served-call.ts";
import { LEAST_CHUNKS, PIECE_BYTES, WINDOW, WINDOW_BYTES, windowOfBytes } from "./stream-window.ts";
import { BUNDLED, type Wire } from "./wire.ts";

/** A reader may be slow, but one that takes nothing for this long only holds a place that others need. */
const STALL_MS = 60_000;

export class StreamProducer implements ServedCall, Pulsing, Followed {
  readonly envelope: Envelope;
  readonly context: CallContext;
  readonly reply: string;
  /** Last token of the control subject: under it the reader grants credit and cancels. */
  readonly id: string;
  readonly #wire: Wire;
  readonly #endpoint: Endpoint;
  readonly #hash = new Bun.CryptoHasher("sha256");
  /** Chunks that the reader grants ahead of those it has taken. */
  readonly #window: number;
  #granted: number;
  #sent = 0;
  #write: ((seq: number, json: string) => string) | undefined;
  /** Sizes of the chunks that the reader has not taken, as far as its credit tells. */
  readonly #underway = new Ring<number>();
  #underwayBytes = 0;
  /** It sends bytes without boundaries. */
  #ofBytes = false;
  #bytes = 0;
  /** What is streamed, when its digest need not be computed. */
  #known: ByteStream["content"];
  #wake: (() => void) | undefined;
  #reader: RemoteReader | undefined;
  #heardAt: number;
  #saidAt: number;
  /** Since when chunks wait for credit; undefined while there is some. */
  #stalledAt: number | undefined;

  constructor(
    wire: Wire,
    endpoint: Endpoint,
    call: { envelope: Envelope; context: CallContext; reply: string },
  ) {
    this.envelope = call.envelope;
    this.context = call.context;
    this.reply = call.reply;
    this.#wire = wire;
    this.#endpoint = endpoint;
    // Strangers share the control subject: a counter would let one miner cancel another's streams.
    this.id = wire.secretId();
    this.#window = this.#granted = Math.min(call.envelope.seq ?? 0, WINDOW);
    this.#heardAt = this.#saidAt = wire.clock.monotonic();
  }

  /** Tells the reader the stream's id. */
  start(): void {
    this.#wire.pulse.add(this);
    this.#reader = this.#wire.remoteReaders.follow(this);
    this.#heartbeat();
  }

  /** Sends what the handler yields until it ends; its `finally` runs also when the reader leaves. */
  async produce(chunks: AsyncIterable<unknown>): Promise<void> {
    // Touched so that deadline and silence wake a producer that waits for credit.
    this.context.signal.addEventListener("abort", () => this.#wake?.(), { once: true });
    this.#ofBytes = chunks instanceof ByteStream;
    if (this.#ofBytes) this.#wire.byteStreams++;
    try {
      if (chunks instanceof ByteStream) await this.#sendBytes(chunks);
      else await this.#sendChunks(chunks);
      if (this.context.stopped() !== undefined) throw this.context.stopped();
      this.#say("end", this.#end());
    } finally {
      if (this.#ofBytes) this.#wire.byteStreams--;
      this.close();
    }
  }

  beat(): void {
    const now = this.#wire.clock.monotonic();
    if (now - this.#heardAt > SILENCE_MS) {
      this.context.stop(new Failure("unavailable", "the reader of the stream went silent"));
    } else if (this.#stalledAt !== undefined && now - this.#stalledAt > STALL_MS) {
      this.context.stop(new Failure("unavailable", "the reader of the stream takes nothing"));
    } else if (now - this.#saidAt > PULSE_MS / 2) {
      this.#heartbeat();
    }
  }

  ask(receipt: string): void {
    this.#say("open", undefined, { reply: receipt });
  }

  onReaderGone(): void {
    if (this.context.stopped() !== undefined) return;
    const gone = new Failure("unavailable", "the reader of the stream is gone, or has lost its connection", {
      hint: "What was sent meanwhile is lost: ask again.",
    });
    this.context.stop(gone);
    const word = this.#wire.encodeAnswer("err", this.#endpoint, this.envelope, gone.toWire());
    this.#wire.remoteReaders.insist(() => this.#wire.answer(this.reply, word));
  }

  close(): void {
    this.#wire.pulse.remove(this);
    this.#wire.remoteReaders.forget(this);
  }

  async #sendChunks(chunks: AsyncIterable<unknown>): Promise<void> {
    for await (const chunk of chunks) {
      if (!this.#maySend && this.context.stopped() === undefined) await this.#credit();
      if (this.context.stopped() !== undefined) return;
      this.#send(chunk);
    }
  }

  async #sendBytes(stream: ByteStream): Promise<void> {
    this.#known = stream.content;
    const most = Math.min(PIECE_BYTES, this.#endpoint.maxBytes);
    for await (const chunk of stream) {
      for (let at = 0; at < chunk.byteLength; ) {
        if (!this.#maySend && this.context.stopped() === undefined) await this.#credit();
        if (this.context.stopped() !== undefined) return;
        const pieces: Framed[] = [];
        for (; at < chunk.byteLength && this.#maySend; at += most) {
          pieces.push(this.#framed(chunk.subarray(at, at + most)));
        }
        this.#wire.transport.publishFramed(this.reply, pieces, this.#asking("chunk"));
      }
    }
  }

  #end(): StreamEnd {
    const bytes = this.#bytes;
    if (this.#known === undefined) return { bytes, sha256: this.#hash.digest("hex") };
    const { sha256, size } = this.#known;
    if (bytes === size) return { bytes, sha256 };
    throw new Failure("corrupt", "the handler did not stream the content that it announced", {
      meta: { bytes, size, sha256 },
    });
  }

  #send(chunk: unknown): void {
    if (chunk instanceof Uint8Array) {
      const frame = { id: this.id, seq: this.#sent };
      const message = this.#wire.encodeAnswer("chunk", this.#endpoint, this.envelope, chunk, frame);
      this.#publish(message, chunk, chunk.byteLength);
      return;
    }
    const json = jsonBody(chunk, this.#endpoint.maxBytes);
    this.#write ??= this.#wire.chunkWriter(this.#endpoint, this.envelope, this.id);
    this.#publish(this.#write(this.#sent, json), json, Buffer.byteLength(json));
  }

  #publish(message: Message, body: string | Uint8Array, bytes: number): void {
    this.#count(body, bytes);
    const options = this.#reader?.isDue ? this.#asking("chunk") : BUNDLED;
    this.#wire.transport.publish(this.reply, message, options);
  }

  #heartbeat(): void {
    this.#say("open", undefined, this.#asking("open"));
  }

  #asking(frame: "chunk" | "open"): { reply: string } | undefined {
    return this.#reader && { reply: this.#reader.receipt(this, frame) };
  }

  /** The next frame of bytes. */
  #framed(body: Uint8Array): Framed {
    const { output: schema, outputVersion: version, maxBytes } = this.#endpoint;
    const { id: causation, correlation } = this.envelope;
    const frame = { type: "chunk", id: this.id, seq: this.#sent, sender: this.#wire.node } as const;
    const header = { ...frame, schema, version, correlation, causation };
    this.#count(body, body.byteLength);
    return { header: bytesHeader(header, body.byteLength, { maxBytes, trusted: true }), body };
  }

  #count(body: string | Uint8Array, bytes: number): void {
    if (this.#known === undefined) this.#hash.update(body);
    this.#bytes += bytes;
    this.#underway.push(bytes);
    this.#underwayBytes += bytes;
    this.#sent++;
    this.#saidAt = this.#wire.clock.monotonic();
  }

  /** A frame that carries the number of chunks sent so far. */
  #say(type: "open" | "end", body?: StreamEnd, options?: { reply: string }): void {
    this.#saidAt = this.#wire.clock.monotonic();
    const frame = { id: this.id, seq: this.#sent };
    const message = this.#wire.encodeAnswer(type, this.#endpoint, this.envelope, body, frame);
    this.#wire.send(this.reply, message, options);
  }

  get #maySend(): boolean {
    if (this.#sent >= this.#granted) return false;
    const bytes = this.#ofBytes ? windowOfBytes(this.#wire.byteStreams) : WINDOW_BYTES;
    return this.#underwayBytes < bytes || this.#underway.size < LEAST_CHUNKS;
  }

  /** Credit runs ahead of what was taken by the window at most. */
  #forgetTaken(): void {
    const taken = this.#granted - this.#window;
    while (this.#underway.size > 0 && this.#sent - this.#underway.size < taken) {
      this.#underwayBytes -= this.#underway.shift()!;
    }
  }

  #credit(): Promise<void> {
    this.#stalledAt = this.#wire.clock.monotonic();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#stalledAt = undefined;
        this.#wake = undefined;
        resolve();
      };
    });
  }

  onControl(message: Inbound): void {
    let frame: Envelope;
    try {
      frame = decodeEnvelope(message.data, { maxBytes: 0 });
    } catch {
      this.#endpoint.dropped.add("malformed");
      return;
    }
    this.#heardAt = this.#wire.clock.monotonic();
    if (frame.type === "cancel") {
      this.context.stop(new Failure("cancelled", "the reader left the stream"));
      this.#wake?.();
    } else if (frame.type === "credit") {
      // Bounded, whatever the reader claims.
      this.#granted = Math.max(this.#granted, Math.min(frame.seq ?? 0, this.#sent + WINDOW));
      this.#forgetTaken();
      if (this.#maySend) this.#wake?.();
    }
  }
}
