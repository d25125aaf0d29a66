/** Time as a port: nothing else in the product reads a clock or starts a timer. */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Monotonic milliseconds with sub-millisecond resolution, for durations only. */
  monotonic(): number;
  /** Calls back once after `delayMs`. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls back every `periodMs` until cancelled. */
  every(periodMs: number, callback: () => void): Timer;
  /** Resolves after `delayMs`; rejects with a `cancelled` failure when the signal aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}
