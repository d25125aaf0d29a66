/** The bounded queue in front of a served endpoint: some run, some wait, the rest is told so at once. */
import { Ring } from "../actors/ring.ts";
import type { ServeOptions } from "../services.ts";

const DEFAULT_CONCURRENCY = 256;
const DEFAULT_MAILBOX = { capacity: 1_024, overload: "reject" } as const;

export class Mailbox<T> {
  readonly #waiting = new Ring<T>();
  readonly #concurrency: number;
  readonly #limit: number;
  readonly #dropOldest: boolean;
  readonly #run: (item: T) => Promise<void>;
  readonly #overflow: (item: T) => void;
  #running = 0;
  #idle: (() => void) | undefined;

  /** `run` never rejects; `overflow` answers what will not be run. */
  constructor(options: ServeOptions, run: (item: T) => Promise<void>, overflow: (item: T) => void) {
    const { capacity, overload } = options.mailbox ?? DEFAULT_MAILBOX;
    this.#concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    // A remote sender cannot be held back. `block` lets as many again wait in line, until their deadlines.
    this.#limit = overload === "block" ? capacity * 2 : capacity;
    this.#dropOldest = overload === "drop-oldest";
    this.#run = run;
    this.#overflow = overflow;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get running(): number {
    return this.#running;
  }

  offer(item: T): void {
    if (this.#running < this.#concurrency) {
      this.#running++;
      void this.#run(item).then(this.#next);
    } else if (this.#waiting.size < this.#limit) {
      this.#waiting.push(item);
    } else if (this.#dropOldest) {
      this.#overflow(this.#waiting.shift()!);
      this.#waiting.push(item);
    } else {
      this.#overflow(item);
    }
  }

  /** Resolves when nothing runs or waits. */
  whenIdle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  /** Takes out everything that has not started. */
  clear(): T[] {
    const items: T[] = [];
    while (this.#waiting.size > 0) items.push(this.#waiting.shift()!);
    return items;
  }

  /** A property, so that a message costs no closure of its own. */
  readonly #next = (): void => {
    if (this.#waiting.size > 0) {
      void this.#run(this.#waiting.shift()!).then(this.#next);
      return;
    }
    this.#running--;
    if (this.#running === 0) this.#idle?.();
  };
}
