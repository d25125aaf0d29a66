/**
 * Holds small messages back for a moment, so that those to one place leave as one. The first of a turn of the event loop
 * leave with the microtasks that follow: a single message is not later than it would be without. What comes after them in
 * the same turn waits for its end: when a thousand timers are due at once, that is one write instead of a thousand.
 */
import {
  BUNDLE_BYTES,
  BUNDLE_MESSAGES,
  type Bundled,
  bundledBytes,
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
  readonly messages: Bundled[];
  bytes: number;
}

export class Bundles {
  readonly #send: (subject: string, data: Uint8Array) => void;
  readonly #largest: () => number;
  readonly #answers = new Map<string, Bundle>();
  #events: Bundle | undefined;
  #scheduled = false;
  /** Something has left in this turn already. */
  #busyTurn = false;

  /** `send` must not throw; `largest` is what the server takes, in bytes. */
  constructor(send: (subject: string, data: Uint8Array) => void, largest: () => number) {
    this.#send = send;
    this.#largest = largest;
  }

  /** True when the message waits for the end of the turn; otherwise it is the caller's to send. */
  add(subject: string, data: Uint8Array): boolean {
    if (data.length > SMALL_BYTES || data.length === 0) return false;
    const { place, token } = bundlePlace(subject);
    if (token === undefined) this.#addEvent(subject, data);
    else this.#addAnswer(place, subject, token, data);
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
    for (const bundle of answers) this.#leave(bundle);
  }

  /** One subscription may hear several subjects: between them the order of publishing holds, too. */
  #addEvent(subject: string, data: Uint8Array): void {
    let bundle = this.#events;
    if (bundle === undefined || bundle.subject !== subject || this.#isFull(bundle, data)) {
      if (bundle !== undefined) this.#leave(bundle);
      bundle = this.#events = { subject, messages: [], bytes: 0 };
    }
    put(bundle, { token: undefined, data });
  }

  #addAnswer(place: string, subject: string, token: string, data: Uint8Array): void {
    let bundle = this.#answers.get(place);
    if (bundle === undefined || this.#isFull(bundle, data)) {
      if (bundle !== undefined) this.#leave(bundle);
      else if (this.#answers.size >= MAX_PLACES) this.flush();
      bundle = { subject, messages: [], bytes: 0 };
      this.#answers.set(place, bundle);
    }
    put(bundle, { token, data });
  }

  #isFull({ bytes, messages }: Bundle, data: Uint8Array): boolean {
    const limit = Math.min(BUNDLE_BYTES, this.#largest()) - HEADER_BYTES;
    return bytes + bundledBytes(data) > limit || messages.length >= BUNDLE_MESSAGES;
  }

  #leave({ subject, messages }: Bundle): void {
    this.#send(subject, messages.length === 1 ? messages[0]!.data : encodeBundle(messages));
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

function put(bundle: Bundle, message: Bundled): void {
  bundle.messages.push(message);
  bundle.bytes += bundledBytes(message.data);
}
