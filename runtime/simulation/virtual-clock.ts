/** Time that passes only when told to: timers fire in order of (time, creation), as fast as they can. */
import { drainMicrotasks } from "bun:jsc";
import type { Clock, Timer } from "../ports/clock.ts";
import { sleepOn } from "../ports/system-clock.ts";
import { TimerHeap } from "./timer-heap.ts";

/** Events between two visits of the real event loop, so that a long run still answers to signals. */
const BREATH = 16_384;

export interface RunOptions {
  /** Runs timers due up to and including this virtual time, in milliseconds since the Unix epoch. */
  until: number;
  signal?: AbortSignal;
}

export class VirtualClock implements Clock {
  readonly #timers = new TimerHeap();
  readonly #started: number;
  #now: number;
  #fired = 0;

  /** Starts at `startMs` since the Unix epoch. */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#started = startMs;
    this.#now = startMs;
  }

  now(): number {
    return Math.floor(this.#now);
  }

  monotonic(): number {
    return this.#now - this.#started;
  }

  /** Timers fired since the start. */
  get fired(): number {
    return this.#fired;
  }

  /** When the next timer is due; undefined when nothing will ever happen again. */
  get next(): number | undefined {
    return this.#timers.peek()?.at;
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#timers.add(this.#now + Math.max(0, delayMs), callback);
  }

  every(periodMs: number, callback: () => void): Timer {
    const period = Math.max(periodMs, 0.001);
    let timer: Timer;
    const again = () => {
      timer = this.after(period, again);
      callback();
    };
    timer = this.after(period, again);
    return { cancel: () => timer.cancel() };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }

  /** Fires every timer due up to `until`, everything that follows from each one before the next. */
  async run(options: RunOptions): Promise<void> {
    drainMicrotasks();
    while (!options.signal?.aborted) {
      const due = this.#timers.peek();
      if (due === undefined || due.at > options.until) break;
      this.#fire();
      if (this.#fired % BREATH === 0) await breathe();
    }
    if (!options.signal?.aborted && this.#now < options.until) this.#now = options.until;
  }

  /** Runs for this much virtual time. */
  async advance(byMs: number): Promise<void> {
    await this.run({ until: this.#now + byMs });
  }

  /**
   * Lets time jump to the next timer whenever nothing else is left to do, until the returned function is
   * called. For tests that simply await what they need.
   */
  flow(): () => void {
    let flowing = true;
    const step = () => {
      if (!flowing) return;
      if (this.#timers.peek() !== undefined) this.#fire();
      setImmediate(step);
    };
    setImmediate(step);
    return () => {
      flowing = false;
    };
  }

  #fire(): void {
    const due = this.#timers.pop()!;
    if (due.at > this.#now) this.#now = due.at;
    this.#fired++;
    due.callback();
    drainMicrotasks();
  }
}

const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));
