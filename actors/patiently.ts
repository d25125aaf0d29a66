/** Processes of a cluster start in any order: what is not there yet is waited for, and said once. */
import { Failure } from "../protocol/failure.ts";
import type { Logger } from "../runtime/observe/logger.ts";
import type { Clock } from "../runtime/ports/index.ts";

export interface PatientOptions {
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** What is waited for, in the log. */
  what: string;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** Asks until it is answered. Fails as the answer does when asking again would change nothing, or the signal aborts. */
export async function patiently<T>(options: PatientOptions, ask: () => Promise<T>): Promise<T> {
  const { clock, log, signal, what } = options;
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (!failure.retryable || signal.aborted) throw failure;
      if (tries === 0) log.warn(`waiting for ${what}`, { reason: failure.toLine() });
      const waitMs = Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS);
      await clock.sleep(Math.max(waitMs, failure.retryAfterMs ?? 0), signal);
    }
  }
}
