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
  readonly #run: (item: T) => void;
  readonly #overflow: (item: T) => void;
  #running = 0;
  #starting = false;
  #idle: (() => void) | undefined;

  /** `run` starts an item and never throws; whoever ends it calls `done`. `overflow` answers what will not be run. */
  constructor(options: ServeOptions, run: (item: T) => void, overflow: (item: T) => void) {
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
      this.#run(item);
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

  /** An item has ended: the next one starts. */
  done(): void {
    this.#running--;
    // Items that end as soon as they start, a thousand in a row, must not pile up on the stack.
    if (this.#starting) return;
    this.#starting = true;
    while (this.#waiting.size > 0 && this.#running < this.#concurrency) {
      this.#running++;
      this.#run(this.#waiting.shift()!);
    }
    this.#starting = false;
    if (this.#running === 0) this.#idle?.();
  }
}
