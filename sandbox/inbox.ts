/** What an isolate says to its node, in order, until it ends. Whoever waits is woken by news, time, an abort or the end. */
import type { Clock } from "../runtime/ports/clock.ts";

/** Why there is nothing to take. */
export type Silence = "aborted" | "deadline" | "ended";

export class Inbox<T> {
  readonly #clock: Clock;
  readonly #items: T[] = [];
  #ended = false;
  #cause: unknown;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether nothing more will come. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What broke the conversation, if it did not end by itself; the first cause counts. */
  get cause(): unknown {
    return this.#cause;
  }

  push(items: readonly T[]): void {
    this.#items.push(...items);
    this.#wake?.();
  }

  end(cause?: unknown): void {
    this.#ended = true;
    this.#cause ??= cause;
    this.#wake?.();
  }

  /** So many items, or why they do not come. An abort counts before what is there, and that before a deadline or the end. */
  async take(count: number, deadlineMs: number, signal?: AbortSignal): Promise<T[] | Silence> {
    let late = false;
    const wake = () => this.#wake?.();
    const timer = this.#clock.after(deadlineMs, () => {
      late = true;
      wake();
    });
    signal?.addEventListener("abort", wake, { once: true });
    try {
      for (;;) {
        if (signal?.aborted) return "aborted";
        if (this.#items.length >= count) return this.#items.splice(0, count);
        if (late) return "deadline";
        if (this.#ended) return "ended";
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      timer.cancel();
      signal?.removeEventListener("abort", wake);
    }
  }
}

/** The beginning of what an isolate's own program complains of, for whoever reads the failure. */
export class Complaint {
  readonly #decoder = new TextDecoder();
  #text = "";

  hear(chunk: Uint8Array): void {
    if (this.#text.length < MAX_COMPLAINT) {
      this.#text = (this.#text + this.#decoder.decode(chunk, { stream: true })).slice(0, MAX_COMPLAINT);
    }
  }

  get text(): string {
    return this.#text.trim().slice(0, SHOWN);
  }
}

const MAX_COMPLAINT = 4_096;
const SHOWN = 500;
