/** Remembers what was accepted, so that nothing is accepted twice: bounded, and never by forgetting too early. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { refusal } from "./refusal.ts";

export interface ReplayCacheOptions {
  clock: Clock;
  /** How long an accepted request is remembered, in milliseconds; at least the window in which requests count as fresh. */
  retentionMs?: number;
  /** Requests remembered at once. When they are used up, requests are refused rather than old ones forgotten. */
  capacity?: number;
  /** Of these, at most so many of one sender: nobody can crowd out the others. */
  perSender?: number;
}

export interface ReplayCache {
  readonly retentionMs: number;
  /** Requests remembered now. */
  readonly size: number;
  /**
   * Remembers a request whose signature was checked. `at` is its time by the sender's clock, in milliseconds.
   * Fails with reason `replayed` when it is known, `forgotten` when it is so old that it might have been, `busy` when
   * there is no room.
   */
  accept(request: { hotkey: string; id: string; at: number }): void;
}

interface Entry {
  hotkey: string;
  at: number;
  expires: number;
}

/** Give one cache to all verifications of one server. */
export function createReplayCache(options: ReplayCacheOptions): ReplayCache {
  const { clock, retentionMs = 60_000, capacity = 100_000, perSender = 10_000 } = options;
  // Entries leave in the order in which they came: each is kept for the same time.
  const entries = new Map<string, Entry>();
  const counts = new Map<string, number>();
  // What was accepted up to here, by the senders' clocks, is not known: a process before this one may have accepted it,
  // and our own clock may be set back.
  let forgottenUpTo = clock.now() - 1;

  const expire = () => {
    const now = clock.monotonic();
    for (const [key, entry] of entries) {
      if (entry.expires > now) break;
      entries.delete(key);
      const left = (counts.get(entry.hotkey) ?? 1) - 1;
      if (left === 0) counts.delete(entry.hotkey);
      else counts.set(entry.hotkey, left);
      forgottenUpTo = Math.max(forgottenUpTo, entry.at);
    }
  };

  return {
    retentionMs,
    get size() {
      expire();
      return entries.size;
    },
    accept({ hotkey, id, at }) {
      expire();
      const key = `${hotkey} ${id}`;
      if (entries.has(key))
        throw refusal("replayed", "This request was accepted before", {
          hint: "Sign each request anew, also a retry.",
        });
      if (at <= forgottenUpTo)
        throw refusal("forgotten", "This request is too old to tell whether it was accepted before", {
          hint: "Sign it anew.",
        });
      const count = counts.get(hotkey) ?? 0;
      if (entries.size >= capacity || count >= perSender)
        throw refusal("busy", "Too many requests are remembered at the moment", {
          hint: `Try again in ${Math.ceil(retentionMs / 1_000)} s.`,
          meta: { remembered: entries.size, ofThisSender: count },
        });
      counts.set(hotkey, count + 1);
      entries.set(key, { hotkey, at, expires: clock.monotonic() + retentionMs });
    },
  };
}

/** Fails with `config` when the cache would forget requests that still count as fresh. */
export function mustOutlast(cache: ReplayCache, windowMs: number): void {
  if (cache.retentionMs >= windowMs) return;
  throw new Failure("config", "The replay cache forgets requests that still count as fresh", {
    meta: { retentionMs: cache.retentionMs, windowMs },
    hint: "Give it a retentionMs of at least the allowed age and skew together.",
  });
}
