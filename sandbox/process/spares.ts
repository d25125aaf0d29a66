/** Interpreters that wait for a case to come. Each runs one and is gone: what is warm about them has run nothing yet. */
import { Failure } from "../../protocol/failure.ts";
import { GuestProcess, type StartGuest } from "./guest-process.ts";

export interface Spares {
  /** One that is ready, or why there can be none. `start` makes others of the same key, for those who come next. */
  take(
    key: string,
    start: () => StartGuest,
    signal: AbortSignal,
  ): Promise<GuestProcess | { neverStarted: string }>;
  close(): Promise<void>;
}

interface Spare {
  readonly key: string;
  readonly guest: GuestProcess;
  readonly ready: Promise<{ neverStarted: string } | undefined>;
}

export function createSpares(most: number): Spares {
  let waiting: Spare[] = [];
  const ending = new Set<Promise<void>>();
  const close = new AbortController();

  const begin = (key: string, start: () => StartGuest, signal: AbortSignal): Spare => {
    const options = start();
    try {
      const guest = new GuestProcess(options);
      return { key, guest, ready: guest.ready(signal) };
    } catch (error) {
      void options.group?.remove();
      throw error;
    }
  };
  const discard = (spare: Spare): void => {
    const end = spare.guest.end().catch(() => {}); // what cannot be ended now is the janitor's
    ending.add(end);
    void end.finally(() => ending.delete(end));
  };
  const restock = (key: string, start: () => StartGuest): void => {
    for (const spare of waiting) if (spare.key !== key || !spare.guest.alive) discard(spare);
    waiting = waiting.filter((spare) => spare.key === key && spare.guest.alive);
    if (close.signal.aborted || waiting.length >= most) return;
    try {
      waiting.push(begin(key, start, close.signal));
    } catch {
      // Whoever comes next is told why.
    }
  };

  return {
    async take(key, start, signal) {
      if (close.signal.aborted) throw new Failure("unavailable", "the isolate back end is closed");
      const at = waiting.findIndex((spare) => spare.key === key && spare.guest.alive);
      const spare = at < 0 ? begin(key, start, signal) : waiting.splice(at, 1)[0]!;
      restock(key, start);
      const { promise, resolve } = Promise.withResolvers<"aborted">();
      const abort = () => resolve("aborted");
      signal.addEventListener("abort", abort, { once: true });
      try {
        const refused = signal.aborted ? "aborted" : await Promise.race([spare.ready, promise]);
        if (refused === undefined) return spare.guest;
        await spare.guest.end();
        if (refused !== "aborted" && !signal.aborted) return refused;
        throw new Failure("cancelled", "the isolate was cancelled", { cause: signal.reason });
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    async close() {
      close.abort();
      for (const spare of waiting.splice(0)) discard(spare);
      await Promise.all(ending);
    },
  };
}
