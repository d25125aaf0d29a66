/**
 * Takes a lease by compare-and-set on a key, without trusting anybody's clock or per-key expiry: a challenger takes
 * over only after it has itself seen one revision stand still for the whole time to live. The holder counts from
 * before its last successful renewal was sent and stops at two thirds, so clocks may even run 1.5 times apart.
 */
import { Failure } from "../protocol/failure.ts";
import type { Lease } from "./lease.ts";
import { holdLease } from "./lease-hold.ts";
import { decodeRecord, encodeRecord, type LeaseRecord } from "./lease-record.ts";
import type { Logger } from "./observe/logger.ts";
import type { Clock } from "./ports/clock.ts";
import type { Rng } from "./ports/rng.ts";
import type { KeyValue, Subscription } from "./transport/transport.ts";

export interface LeaseOptions {
  leases: KeyValue;
  key: string;
  /** Node name, for people who look at the key. */
  owner: string;
  clock: Clock;
  rng: Rng;
  log: Logger;
  /** Stops waiting. */
  signal: AbortSignal;
  /** Absolute; waits as long as it takes when omitted. */
  deadline?: number;
  /** How long a dead holder blocks the others. Default 15 s. */
  ttlMs?: number;
}

interface Observed {
  revision: number;
  since: number;
}

/**
 * Waits until the lease is ours. Fails with `cancelled` when the signal aborts and `timeout` past the deadline; a
 * store that is away is waited for like a holder.
 */
export async function acquireLease(options: LeaseOptions): Promise<Lease> {
  const { clock, rng, ttlMs = 15_000 } = options;
  const record: LeaseRecord = {
    owner: options.owner.slice(0, 128),
    nonce: Buffer.from(rng.bytes(16)).toString("hex"),
    ttlMs,
    acquiredAt: clock.now(),
  };
  let observed: Observed | undefined;
  for (;;) {
    checkPatience(options);
    let held = false;
    try {
      const found = await options.leases.get(options.key);
      held = found !== undefined;
      if (found === undefined) observed = undefined;
      else if (found.revision !== observed?.revision) {
        observed = { revision: found.revision, since: clock.monotonic() };
      }
      if (found === undefined || mayTake(found.value, observed, record, clock)) {
        const sentAt = clock.monotonic();
        const token = await write(options, record, found?.revision);
        // An answer this late is a lease nobody may work under any more; the next look finds it ours and renews it.
        if (clock.monotonic() - sentAt < ttlMs / 2) {
          return holdLease({ ...options, ttlMs, record, token, renewedAt: sentAt });
        }
      }
    } catch (thrown) {
      const failure = Failure.from(thrown);
      // Somebody was faster, or the answer was lost: the next look will tell.
      if (failure.code !== "conflict" && !failure.retryable) throw failure;
      options.log.debug("the lease could not be taken yet", { key: options.key, reason: failure.toLine() });
    }
    await goneOrTime(options, held, (ttlMs / 3) * (0.75 + rng.next() / 2));
  }
}

function checkPatience({ signal, deadline, clock, key }: LeaseOptions): void {
  if (signal.aborted) {
    throw new Failure("cancelled", "nobody waits for the lease any more", {
      meta: { key },
      cause: signal.reason,
    });
  }
  if (deadline !== undefined && clock.now() >= deadline) {
    throw new Failure("timeout", "another node holds the lease", {
      meta: { key },
      hint: "Stop the other node, or wait until it stops renewing.",
    });
  }
}

function mayTake(
  value: Uint8Array,
  observed: Observed | undefined,
  ours: LeaseRecord,
  clock: Clock,
): boolean {
  const theirs = decodeRecord(value);
  // Our own write, whose answer never reached us: nobody else works under this nonce.
  if (theirs?.nonce === ours.nonce) return true;
  const stoodStill = observed === undefined ? 0 : clock.monotonic() - observed.since;
  return stoodStill >= Math.max(ours.ttlMs, theirs?.ttlMs ?? 0);
}

const write = (
  { leases, key }: LeaseOptions,
  record: LeaseRecord,
  revision: number | undefined,
): Promise<number> =>
  revision === undefined
    ? leases.create(key, encodeRecord(record))
    : leases.update(key, encodeRecord(record), revision);

/** Until a held key is deleted, the time is over, or patience ends. */
function goneOrTime(
  { leases, key, clock, signal, deadline }: LeaseOptions,
  held: boolean,
  waitMs: number,
): Promise<void> {
  const left = deadline === undefined ? waitMs : Math.min(waitMs, Math.max(0, deadline - clock.now()));
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.after(left, resolve);
  const onAbort = () => resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  const watch = held ? watchGone(leases, key, resolve) : undefined;
  if (signal.aborted) resolve();
  return promise.finally(() => {
    timer.cancel();
    watch?.unsubscribe();
    signal.removeEventListener("abort", onAbort);
  });
}

/** A store that cannot be watched is looked at again after the time. */
function watchGone(leases: KeyValue, key: string, gone: () => void): Subscription | undefined {
  try {
    return leases.watch(key, (entry) => {
      if (entry === undefined) gone();
    });
  } catch {
    return undefined;
  }
}
