/** So many at once, so many waiting in order, everything else refused at once. Whoever waits can leave at any moment. */
import { Failure } from "../protocol/failure.ts";

export interface TurnsOptions {
  slots: number;
  maxWaiting: number;
  /** What a turn is, for messages: `an isolate`, `a call to openai`. */
  what: string;
  /** For `overloaded`: when to ask again, and what else to do. */
  retryAfterMs?: number;
  hint?: string;
}

interface Waiter {
  take(): void;
  refuse(failure: Failure): void;
}

export class Turns {
  readonly #options: TurnsOptions;
  readonly #queue: Waiter[] = [];
  #taken = 0;
  #closed: Failure | undefined;

  constructor(options: TurnsOptions) {
    if (!Number.isInteger(options.slots) || options.slots < 1) {
      throw new Failure("config", `there must be at least one slot for ${options.what}`, {
        meta: { slots: options.slots },
      });
    }
    this.#options = options;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves with the way to give the turn back, once. Throws `overloaded`, `cancelled`, or what `close` was given. */
  async take(signal?: AbortSignal): Promise<() => void> {
    const { slots, maxWaiting, what, retryAfterMs, hint } = this.#options;
    if (this.#closed !== undefined) throw this.#closed;
    if (signal?.aborted) throw this.#cancelled(signal);
    if (this.#taken < slots) this.#taken++;
    else if (this.#queue.length >= maxWaiting) {
      throw new Failure("overloaded", `too many wait for ${what}`, {
        meta: { waiting: this.#queue.length, slots },
        hint,
        retryAfterMs,
      });
    } else await this.#wait(signal);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = this.#queue.shift();
      if (next === undefined) this.#taken--;
      else next.take(); // the turn changes hands without ever being free
    };
  }

  /** Refuses all who wait and who come later. Who has a turn keeps it. */
  close(failure: Failure): void {
    this.#closed = failure;
    for (const waiter of this.#queue.splice(0)) waiter.refuse(failure);
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#queue.splice(this.#queue.indexOf(waiter), 1);
        reject(this.#cancelled(signal!));
      };
      const waiter: Waiter = {
        take() {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
        refuse(failure) {
          signal?.removeEventListener("abort", onAbort);
          reject(failure);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#queue.push(waiter);
    });
  }

  #cancelled(signal: AbortSignal): Failure {
    return new Failure("cancelled", `the wait for ${this.#options.what} was cancelled`, {
      cause: signal.reason,
    });
  }
}
