/**
 * Tells the streams that a node serves when whoever read them is gone. A server says at once, with an empty message on its
 * reply subject, that a message reached nobody; and the kernel hangs up for a process that was killed. So a frame of a stream
 * carries a reply subject now and then.
 *
 * A chunk that reached nobody is lost: its stream can never be completed, and ends. A heartbeat that did has done no harm, since
 * its reader may be between two connections: quiet streams end when a second one, `RETURN_MS` later, reaches nobody either.
 * What is partitioned, or stands still, keeps its connection for a while: then silence tells (`pulse.ts`).
 */
import { bundlePlace } from "../../protocol/bundle.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Inbound, Subscription, Transport } from "../transport/transport.ts";
import { PULSE_MS } from "./pulse.ts";

/** How seldom a frame is kept out of a bundle, which cannot carry a reply subject, to ask after its reader. */
const EVERY_MS = 20;
/** A client that lost its server has found another one by then. */
export const RETURN_MS = PULSE_MS;
/**
 * How a NATS server begins the reply subjects of another account. It never tells whether such a message reached anybody, and
 * remembers the way back of each for minutes.
 */
const OTHER_ACCOUNT = "_R_.";
/** When a reader that may be back is told again what became of its stream; it would wait for `SILENCE_MS` otherwise. */
const AGAIN_MS = [500, 1_000, 2_000, 4_000];
const MOST_WORDS = 16_384;

/** A stream as its reader's absence concerns it. */
export interface Followed {
  /** A token that is hard to guess: whoever knows it may end the stream. */
  readonly id: string;
  /** Where the reader listens. */
  readonly reply: string;
  /** Sends the reader a heartbeat of which the server may say on `receipt` that it reached nobody. */
  ask(receipt: string): void;
  onReaderGone(): void;
}

/** What reached nobody: a chunk, a heartbeat, or the heartbeat after which nobody is waited for any longer. */
type Missed = "chunk" | "open" | "last";

export class RemoteReaders {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #streams = new Map<string, RemoteReader>();
  /** By the place where a reader awaits what it asked of one subject. */
  readonly #readers = new Map<string, RemoteReader>();
  /** Of what is going to be said again. */
  readonly #words = new Set<Timer>();
  #inbox: string | undefined;
  #subscription: Subscription | undefined;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** The reader of a stream, until the stream is forgotten; undefined when no server tells of it. */
  follow(stream: Followed): RemoteReader | undefined {
    if (stream.reply.startsWith(OTHER_ACCOUNT)) return undefined;
    if (this.#inbox === undefined) {
      this.#inbox = this.#transport.inbox();
      this.#subscription = this.#transport.subscribe(`${this.#inbox}.*.*`, this.#onNobody);
    }
    const { place } = bundlePlace(stream.reply);
    let reader = this.#readers.get(place);
    if (reader === undefined) {
      this.#readers.set(place, (reader = new RemoteReader(this.#clock, place, this.#inbox)));
    }
    reader.streams.set(stream.id, stream);
    this.#streams.set(stream.id, reader);
    return reader;
  }

  forget(stream: Followed): void {
    const reader = this.#streams.get(stream.id);
    if (reader === undefined) return;
    this.#streams.delete(stream.id);
    reader.streams.delete(stream.id);
    if (reader.streams.size > 0) return;
    reader.close();
    this.#readers.delete(reader.place);
  }

  /** Says a last word again and again for as long as a reader that was missed may come back. */
  insist(say: () => void): void {
    for (const ms of AGAIN_MS) {
      if (this.#words.size >= MOST_WORDS) return;
      const timer = this.#clock.after(ms, () => {
        this.#words.delete(timer);
        say();
      });
      this.#words.add(timer);
    }
  }

  close(): void {
    this.#subscription?.unsubscribe();
    for (const timer of this.#words) timer.cancel();
    this.#words.clear();
    for (const reader of this.#readers.values()) reader.close();
  }

  readonly #onNobody = ({ subject, data }: Inbound): void => {
    const [missed, id = ""] = subject.split(".").reverse();
    if (data.length === 0) this.#streams.get(id)?.onMissed(id, missed as Missed);
  };
}

/** Whoever awaits the frames of some streams in one place: all of them are gone when it is. */
export class RemoteReader {
  readonly place: string;
  readonly streams = new Map<string, Followed>();
  readonly #clock: Clock;
  readonly #inbox: string;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Runs while the reader is missed: every frame asks then, since each stream has a chunk of its own to lose. */
  #return: Timer | undefined;

  constructor(clock: Clock, place: string, inbox: string) {
    this.#clock = clock;
    this.place = place;
    this.#inbox = inbox;
  }

  /** Whether it is time to ask again. */
  get isDue(): boolean {
    return this.#return !== undefined || this.#clock.monotonic() - this.#askedAt >= EVERY_MS;
  }

  /** Where the server shall say that a frame of this stream reached nobody. */
  receipt(stream: Followed, frame: Missed): string {
    this.#askedAt = this.#clock.monotonic();
    return `${this.#inbox}.${stream.id}.${frame}`;
  }

  onMissed(id: string, missed: Missed): void {
    if (missed === "last") {
      for (const stream of [...this.streams.values()]) stream.onReaderGone();
      return;
    }
    if (missed === "chunk") this.streams.get(id)?.onReaderGone();
    this.#return ??= this.#clock.after(RETURN_MS, () => {
      this.#return = undefined;
      const [stream] = this.streams.values();
      stream?.ask(this.receipt(stream, "last"));
    });
  }

  close(): void {
    this.#return?.cancel();
    this.#return = undefined;
  }
}
