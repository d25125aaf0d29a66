/** The operating system's time. The only place, with `system-rng.ts`, where the outside world enters. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock, Timer } from "./clock.ts";

/** Timers of the host overflow above this and would fire at once. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

export function createSystemClock(): Clock {
  const clock: Clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after: (delayMs, callback) => (delayMs <= 0 ? soon(callback) : later(delayMs, callback)),
    every(periodMs, callback) {
      if (!(periodMs >= 1 && periodMs <= LONGEST_TIMEOUT_MS)) {
        throw new Failure("malformed", "a period must be from 1 to 2147483647 ms", { meta: { periodMs } });
      }
      const handle = setInterval(callback, periodMs);
      return { cancel: () => clearInterval(handle) };
    },
    sleep: (delayMs, signal) => sleepOn(clock, delayMs, signal),
  };
  return clock;
}

/** `Clock.sleep` in terms of `Clock.after`: the same for every clock. */
export function sleepOn(clock: Pick<Clock, "after">, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelled = () =>
      reject(new Failure("cancelled", "the wait was cancelled", { cause: signal?.reason }));
    if (signal?.aborted) return cancelled();
    const onAbort = () => {
      timer.cancel();
      cancelled();
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** A timeout of zero costs a millisecond on the host; an immediate lets input and output pass and comes back. */
function soon(callback: () => void): Timer {
  const handle = setImmediate(callback);
  return { cancel: () => clearImmediate(handle) };
}

function later(delayMs: number, callback: () => void): Timer {
  const step = Math.min(delayMs, LONGEST_TIMEOUT_MS);
  let handle = setTimeout(function elapsed() {
    delayMs -= step;
    if (delayMs > 0) handle = setTimeout(elapsed, Math.min(delayMs, LONGEST_TIMEOUT_MS));
    else callback();
  }, step);
  return { cancel: () => clearTimeout(handle) };
}
