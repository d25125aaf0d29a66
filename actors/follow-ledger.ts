/** Reads a ledger as it grows: each event once, in order, from where the reader stood. */
import type { Ledger, LedgerEvent } from "../ledger/ledger.ts";
import type { Clock } from "../runtime/ports/index.ts";

const BATCH = 1_000;
/** A lost notification costs at most this long. */
const POLL_MS = 2_000;

export interface FollowOptions {
  ledger: Ledger;
  clock: Clock;
  after: number;
  signal: AbortSignal;
  subnet?: string;
  types?: readonly string[];
}

/** Yields events after `after` for ever; ends when the signal aborts. */
export async function* followLedger(options: FollowOptions): AsyncGenerator<LedgerEvent> {
  const { ledger, clock, signal } = options;
  let after = options.after;
  let wake = () => {};
  let fresh = true;
  const poke = () => {
    fresh = true;
    wake();
  };
  const appended = ledger.onAppend(poke);
  const poll = clock.every(POLL_MS, poke);
  signal.addEventListener("abort", poke, { once: true });
  try {
    while (!signal.aborted) {
      fresh = false;
      const events = await ledger.read({
        after,
        limit: BATCH,
        ...(options.subnet === undefined ? {} : { subnet: options.subnet }),
        ...(options.types === undefined ? {} : { types: options.types }),
      });
      for (const event of events) {
        if (signal.aborted) return;
        after = event.seq;
        yield event;
      }
      if (events.length === BATCH) continue;
      if (!fresh && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    appended.cancel();
    poll.cancel();
    signal.removeEventListener("abort", poke);
  }
}
