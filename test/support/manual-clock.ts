/** A clock that stands still until a test advances it. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { sleepOn } from "../../runtime/ports/system-clock.ts";

interface Due {
  at: number;
  order: number;
  callback: () => void;
}

export interface ManualClock extends Clock {
  /** Fires every timer due within `ms`, in order, letting promises settle before and after each. */
  advance(ms: number): Promise<void>;
  /** Lets promises settle without moving time. */
  settle(): Promise<void>;
  /** Timers that wait. */
  readonly pending: number;
}

export function manualClock(startAt = 1_700_000_000_000): ManualClock {
  let elapsed = 0;
  let order = 0;
  const timers = new Set<Due>();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const schedule = (at: number, callback: () => void): Due => {
    const due = { at, order: order++, callback };
    timers.add(due);
    return due;
  };
  const next = (): Due | undefined => [...timers].sort((a, b) => a.at - b.at || a.order - b.order)[0];

  const clock: ManualClock = {
    now: () => Math.floor(startAt + elapsed),
    monotonic: () => elapsed,
    after(delayMs, callback) {
      const due = schedule(elapsed + Math.max(0, delayMs), callback);
      return { cancel: () => void timers.delete(due) };
    },
    every(periodMs, callback) {
      if (!(periodMs > 0))
        throw new Failure("malformed", "a period must be positive", { meta: { periodMs } });
      const tick = () => {
        due = schedule(elapsed + periodMs, tick);
        callback();
      };
      let due = schedule(elapsed + periodMs, tick);
      return { cancel: () => void timers.delete(due) };
    },
    sleep: (delayMs, signal) => sleepOn(clock, delayMs, signal),
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (let due = next(); due !== undefined && due.at <= until; due = next()) {
        timers.delete(due);
        elapsed = Math.max(elapsed, due.at);
        due.callback();
        await settle();
      }
      elapsed = until;
    },
    settle,
    get pending() {
      return timers.size;
    },
  };
  return clock;
}
