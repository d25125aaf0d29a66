/**
 * Durable reminders: kept in the node's store, so that they survive a restart; fired late rather than never, at least
 * once each. A receiver tells repeated ones apart by their id and due time.
 */
import { z } from "zod";
import { Failure } from "../protocol/failure.ts";
import { Id, Json, Timestamp } from "../protocol/ids.ts";
import { backoffMs } from "./actors/supervision.ts";
import type { Logger } from "./observe/logger.ts";
import type { Metrics } from "./observe/metrics.ts";
import type { Clock, Timer } from "./ports/clock.ts";
import type { Rng } from "./ports/rng.ts";
import type { Store } from "./ports/store.ts";

export const Reminder = z.object({
  id: Id,
  /** Who handles it: the name given to `handle`. */
  to: z.string().min(1).max(64),
  dueAt: Timestamp,
  /** Comes back this often, counted from when it was due; missed ones are not made up for. */
  everyMs: z
    .number()
    .int()
    .min(1_000)
    .max(366 * 86_400_000)
    .optional(),
  body: Json,
});
export type Reminder = z.infer<typeof Reminder>;

export interface RemindersOptions {
  store: Store;
  clock: Clock;
  rng: Rng;
  log: Logger;
  metrics: Metrics;
  /** Reminders that may wait at once. Default 10,000. */
  capacity?: number;
}

/** The signal aborts after a minute, when the handler counts as failed, and when the reminders are closed. */
export type ReminderHandler = (reminder: Reminder, signal: AbortSignal) => Promise<void>;

export interface Reminders {
  /** Sets or moves the reminder of this id; on disk when it returns. Fails with `malformed` and `overloaded`. */
  set(reminder: Reminder): void;
  cancel(id: string): void;
  /** Soonest first. */
  list(): readonly Reminder[];
  /**
   * Handles reminders `to` this name, one at a time; those that are overdue at once. A handler that throws is called
   * again, with backoff. Until there is a handler, they wait.
   */
  handle(to: string, handler: ReminderHandler): void;
  /** Fires no more; resolves when the handlers under way have ended. */
  close(): Promise<void>;
}

const PREFIX = "reminder/";
/** The store may hold more than one clock tick can bring forward: wake up at least this often. */
const LONGEST_WAIT_MS = 3_600_000;
const HANDLE_MS = 60_000;
const RETRY = { minMs: 1_000, maxMs: 300_000 };

interface Entry {
  reminder: Reminder;
  /** When to try next; later than `dueAt` after a handler failed. */
  nextAt: number;
  attempts: number;
}

interface Desk {
  handler: ReminderHandler;
  busy: Promise<void> | undefined;
}

export function openReminders(options: RemindersOptions): Reminders {
  const { store, clock, rng, log, metrics, capacity = 10_000 } = options;
  const entries = new Map<string, Entry>();
  const desks = new Map<string, Desk>();
  let timer: Timer | undefined;
  let wakeAt = 0;
  const closing = new AbortController();

  for (const key of store.list(PREFIX, capacity)) {
    const reminder = decode(store.get(key));
    if (reminder === undefined)
      log.warn("a stored reminder cannot be read and is left alone", { entry: key });
    else entries.set(reminder.id, { reminder, nextAt: reminder.dueAt, attempts: 0 });
  }

  const keep = (entry: Entry): void => {
    store.put(PREFIX + entry.reminder.id, encode(entry.reminder));
    entries.set(entry.reminder.id, entry);
  };
  const forget = (id: string): void => {
    store.delete(PREFIX + id);
    entries.delete(id);
  };
  const soonest = (to?: string): Entry | undefined => {
    let found: Entry | undefined;
    for (const entry of entries.values()) {
      if (to !== undefined ? entry.reminder.to !== to : desks.get(entry.reminder.to)?.busy !== undefined)
        continue;
      if (!desks.has(entry.reminder.to)) continue;
      if (found === undefined || entry.nextAt < found.nextAt) found = entry;
    }
    return found;
  };

  const schedule = (): void => {
    timer?.cancel();
    timer = undefined;
    if (closing.signal.aborted) return;
    const next = soonest();
    if (next === undefined) return;
    const waitMs = Math.min(Math.max(0, next.nextAt - clock.now()), LONGEST_WAIT_MS);
    wakeAt = clock.now() + waitMs;
    timer = clock.after(waitMs, fireDue);
  };
  const fireDue = (): void => {
    for (const [to, desk] of desks) {
      const entry = soonest(to);
      if (desk.busy !== undefined || entry === undefined || entry.nextAt > clock.now()) continue;
      desk.busy = fire(desk.handler, entry).finally(() => {
        desk.busy = undefined;
        schedule();
      });
    }
    schedule();
  };

  const fire = async (handler: ReminderHandler, entry: Entry): Promise<void> => {
    const { reminder } = entry;
    try {
      await withinTime(handler, reminder);
      metrics.count("orrery_reminders_fired_total", 1, { to: reminder.to });
      // Moved or cancelled by its own handler: that decision stands.
      if (entries.get(reminder.id) === entry) settle(entry);
    } catch (thrown) {
      entry.attempts++;
      entry.nextAt = clock.now() + Math.ceil(backoffMs(entry.attempts, RETRY, rng));
      metrics.count("orrery_reminders_failed_total", 1, { to: reminder.to });
      log.warn("a reminder was not handled and comes again", {
        reminder: reminder.id,
        to: reminder.to,
        attempt: entry.attempts,
        failure: Failure.from(thrown).toLine(),
      });
    }
  };
  const withinTime = (handler: ReminderHandler, reminder: Reminder): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = new AbortController();
    const timeout = clock.after(HANDLE_MS, () => {
      const failure = new Failure("timeout", "the reminder's handler took too long", {
        meta: { reminder: reminder.id, to: reminder.to },
      });
      late.abort(failure);
      reject(failure);
    });
    const handled = async () => handler(reminder, AbortSignal.any([late.signal, closing.signal]));
    handled().then(resolve, reject);
    return promise.finally(() => timeout.cancel());
  };
  const settle = ({ reminder }: Entry): void => {
    if (reminder.everyMs === undefined) {
      forget(reminder.id);
      return;
    }
    const missed = Math.max(0, Math.floor((clock.now() - reminder.dueAt) / reminder.everyMs));
    const dueAt = reminder.dueAt + (missed + 1) * reminder.everyMs;
    keep({ reminder: { ...reminder, dueAt }, nextAt: dueAt, attempts: 0 });
  };

  return {
    set(given) {
      const parsed = Reminder.safeParse(given);
      if (!parsed.success) {
        throw new Failure("malformed", "this is not a reminder", { cause: parsed.error });
      }
      if (!entries.has(parsed.data.id) && entries.size >= capacity) {
        throw new Failure("overloaded", "too many reminders wait already", { meta: { capacity } });
      }
      keep({ reminder: parsed.data, nextAt: parsed.data.dueAt, attempts: 0 });
      // Waking up too early only costs a look; looking through all of them for each would cost their square.
      if (timer === undefined || parsed.data.dueAt < wakeAt) schedule();
    },
    cancel(id) {
      if (entries.has(id)) forget(id);
    },
    list: () => [...entries.values()].map((entry) => entry.reminder).sort((a, b) => a.dueAt - b.dueAt),
    handle(to, handler) {
      if (desks.has(to)) {
        throw new Failure("conflict", "these reminders have a handler already", { meta: { to } });
      }
      desks.set(to, { handler, busy: undefined });
      schedule();
    },
    async close() {
      closing.abort(new Failure("draining", "the reminders are being closed"));
      timer?.cancel();
      await Promise.all([...desks.values()].map((desk) => desk.busy));
    },
  };
}

const encode = (reminder: Reminder): Uint8Array => new TextEncoder().encode(JSON.stringify(reminder));

function decode(bytes: Uint8Array | undefined): Reminder | undefined {
  try {
    const parsed = Reminder.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
