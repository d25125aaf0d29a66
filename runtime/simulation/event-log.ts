/** Everything that happened, as one running digest: two runs are the same when their digests are. */
import { canonicalJson } from "../../protocol/canonical.ts";

/** Latest events kept for people; the digest covers all. */
const TAIL = 1_000;

export class EventLog {
  readonly #hash = new Bun.CryptoHasher("sha256");
  readonly #now: () => number;
  #tail: string[] = [];
  #events = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get events(): number {
    return this.#events;
  }

  /** The latest events, oldest first, as JSON lines. */
  get tail(): readonly string[] {
    return this.#tail.slice(-TAIL);
  }

  /** Adds an event: any JSON value. */
  add(event: unknown): void {
    const line = canonicalJson({ at: this.#now(), event });
    this.#events++;
    this.#hash.update(`${line}\n`);
    this.#tail.push(line);
    if (this.#tail.length >= TAIL * 2) this.#tail = this.#tail.slice(-TAIL);
  }

  /** Adds a message to the digest only: who, whom, how many bytes. */
  message(from: string, to: string, bytes: number): void {
    this.#hash.update(`${this.#now()} ${from}>${to} ${bytes}\n`);
  }

  /** Hex sha256 over everything added so far. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }
}
