/**
 * Holds small messages back for a moment, so that those to one place leave as one. The first of a turn of the event loop
 * leave with the microtasks that follow: a single message is not later than it would be without. What comes after them in
 * the same turn waits for its end: when a thousand timers are due at once, that is one write instead of a thousand.
 */
import {
  BUNDLE_BYTES,
  BUNDLE_MESSAGES,
  type Bundled,
  bundledSize,
  bundlePlace,
  encodeBundle,
} from "../../../protocol/bundle.ts";
import { afterTurn } from "../../ports/turn.ts";

/** Places that may wait in one turn. */
const MAX_PLACES = 256;
/** Messages above this gain nothing from company. */
const SMALL_BYTES = 8 * 1024;
/** For what begins and ends a bundle's first line. */
const HEADER_BYTES = 8;

interface Bundle {
  /** Of the first message: the server has checked that we may publish there. */
  readonly subject: string;
  /** What all subjects of its messages begin with; that of events is the subject itself. */
  readonly place: string;
  readonly messages: Bundled[];
  size: number;
}

export class Bundles {
  readonly #send: (subject: string, data: Uint8Array) => void;
  readonly #largest: () => number;
  readonly #answers = new Map<string, Bundle>();
  #events: Bundle | undefined;
  /** Where the last answer went: the next one goes there too, as a rule. */
  #lastAnswers: Bundle | undefined;
  #scheduled = false;
  /** Something has left in this turn already. */
  #busyTurn = false;

  /** `send` must not throw; `largest` is what the server takes, in bytes. */
  constructor(send: (subject: string, data: Uint8Array) => void, largest: () => number) {
    this.#send = send;
    this.#largest = largest;
  }

  /** True when the message waits for the end of the turn; otherwise it is the caller's to send. */
  add(subject: string, data: Uint8Array | string): boolean {
    if (data.length > SMALL_BYTES || data.length === 0) return false;
    if (!this.#joinLast(subject, data)) {
      const { place, token } = bundlePlace(subject);
      if (token === undefined) this.#addEvent(subject, data);
      else this.#addAnswer(place, subject, token, data);
    }
    if (!this.#scheduled) {
      this.#scheduled = true;
      if (!this.#busyTurn) void Promise.resolve().then(this.#leaveAtOnce);
    }
    return true;
  }

  /** Sends what waits: before anything that must not overtake it. */
  flush(): void {
    if (this.#events !== undefined) {
      const events = this.#events;
      this.#events = undefined;
      this.#leave(events);
    }
    if (this.#answers.size === 0) return;
    const answers = [...this.#answers.values()];
    this.#answers.clear();
    this.#lastAnswers = undefined;
    for (const bundle of answers) this.#leave(bundle);
  }

  /** Most messages of a turn go where the one before went: their subject is not taken apart. */
  #joinLast(subject: string, data: Uint8Array | string): boolean {
    if (this.#events?.subject === subject) {
      this.#addEvent(subject, data);
      return true;
    }
    const last = this.#lastAnswers;
    if (last === undefined || !subject.startsWith(last.place) || this.#isFull(last, data)) return false;
    const dot = last.place.length;
    if (subject.lastIndexOf(".") !== dot) return false;
    put(last, subject.slice(dot + 1), data);
    return true;
  }

  /** One subscription may hear several subjects: between them the order of publishing holds, too. */
  #addEvent(subject: string, data: Uint8Array | string): void {
    let bundle = this.#events;
    if (bundle === undefined || bundle.subject !== subject || this.#isFull(bundle, data)) {
      if (bundle !== undefined) this.#leave(bundle);
      bundle = this.#events = { subject, place: subject, messages: [], size: 0 };
    }
    put(bundle, undefined, data);
  }

  #addAnswer(place: string, subject: string, token: string, data: Uint8Array | string): void {
    let bundle = this.#answers.get(place);
    if (bundle === undefined || this.#isFull(bundle, data)) {
      if (bundle !== undefined) this.#leave(bundle);
      else if (this.#answers.size >= MAX_PLACES) this.flush();
      bundle = { subject, place, messages: [], size: 0 };
      this.#answers.set(place, bundle);
    }
    this.#lastAnswers = bundle;
    put(bundle, token, data);
  }

  #isFull({ size, messages }: Bundle, data: Uint8Array | string): boolean {
    return size + bundledSize(data) > this.#limit() || messages.length >= BUNDLE_MESSAGES;
  }

  #limit(): number {
    return Math.min(BUNDLE_BYTES, this.#largest()) - HEADER_BYTES;
  }

  #leave({ subject, place, messages }: Bundle): void {
    const [first] = messages;
    if (messages.length === 1) {
      this.#send(subject, bytesOf(first!.data));
      return;
    }
    const bytes = encodeBundle(messages);
    if (bytes.length <= this.#limit() + HEADER_BYTES) {
      this.#send(subject, bytes);
      return;
    }
    // Text that is not ASCII turned out longer than it was counted.
    const middle = messages.length >> 1;
    for (const half of [messages.slice(0, middle), messages.slice(middle)]) {
      const token = half[0]!.token;
      this.#leave({
        subject: token === undefined ? subject : `${place}.${token}`,
        place,
        messages: half,
        size: 0,
      });
    }
  }

  readonly #leaveAtOnce = (): void => {
    this.#scheduled = false;
    this.#busyTurn = true;
    afterTurn(this.#endTurn);
    this.flush();
  };

  readonly #endTurn = (): void => {
    this.#busyTurn = false;
    this.#scheduled = false;
    this.flush();
  };
}

const encoder = new TextEncoder();
const bytesOf = (data: Uint8Array | string): Uint8Array =>
  typeof data === "string" ? encoder.encode(data) : data;

function put(bundle: Bundle, token: string | undefined, data: Uint8Array | string): void {
  bundle.messages.push({ token, data });
  bundle.size += bundledSize(data);
}
