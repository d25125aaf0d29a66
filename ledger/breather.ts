/** Lets timers and sockets have their turn during long work on a synchronous database. */
import type { Clock } from "../runtime/ports/clock.ts";

const STREAK_MS = 20;

/**
 * A function to await between slices of work: it gives way once per 20 ms of work, otherwise it costs nothing.
 * On a virtual clock no time passes within a turn, so it never waits there.
 */
export function breather(clock: Clock): () => Promise<void> | undefined {
  let since = clock.monotonic();
  return () => {
    if (clock.monotonic() - since < STREAK_MS) return undefined;
    return clock.sleep(0).then(() => {
      since = clock.monotonic();
    });
  };
}
