/** Group commit: all appends made in one turn of the event loop share one transaction and one fsync. */
import { Failure } from "../protocol/failure.ts";
import type { RowResult } from "./plan.ts";
import type { AppendRequest } from "./request.ts";

const MAX_QUEUED_EVENTS = 65_536;
const MAX_QUEUED_CHARS = 64 * 1024 * 1024;
/** A larger batch gains nothing, and its callers wait longer. */
const MAX_BATCH_EVENTS = 8_192;
/** A turn has ended when nobody appended for so many microtasks: enough for a few `await`s in a handler. */
const QUIET_MICROTASKS = 8;

interface Waiting {
  request: AppendRequest;
  resolve(results: RowResult[]): void;
  reject(failure: unknown): void;
}

export interface GroupCommit {
  /** @throws Failure `overloaded` when too much waits for the disk; own failures of the append; those of the transaction. */
  add(request: AppendRequest): Promise<RowResult[]>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
}

/**
 * Collects by microtasks, never by a timer: nobody waits for company, and a virtual clock sees no time pass.
 * While a transaction is under way the next batch gathers.
 */
export function groupCommit(options: {
  commit: (batch: readonly AppendRequest[]) => Promise<(RowResult[] | Failure)[]>;
  /** Awaited between batches. */
  breathe: () => Promise<void> | undefined;
}): GroupCommit {
  let queue: Waiting[] = [];
  let queuedEvents = 0;
  let queuedChars = 0;
  let running: Promise<void> | undefined;

  function take(): Waiting[] {
    let events = 0;
    let count = 0;
    while (count < queue.length && (count === 0 || events < MAX_BATCH_EVENTS))
      events += queue[count++]!.request.events.length;
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    for (const { request } of batch) {
      queuedEvents -= request.events.length;
      queuedChars -= request.size;
    }
    return batch;
  }

  async function flush(batch: Waiting[]): Promise<void> {
    try {
      const outcomes = await options.commit(batch.map((waiting) => waiting.request));
      for (const [index, waiting] of batch.entries()) {
        const outcome = outcomes[index];
        if (Array.isArray(outcome)) waiting.resolve(outcome);
        else waiting.reject(outcome ?? new Failure("defect", "The store gave an append no outcome"));
      }
    } catch (thrown) {
      for (const waiting of batch) waiting.reject(thrown);
    }
  }

  async function run(): Promise<void> {
    do {
      await turnEnd(() => queue.length);
      await flush(take());
      const pause = options.breathe();
      if (pause !== undefined) await pause;
    } while (queue.length > 0);
    running = undefined;
  }

  return {
    add(request) {
      if (
        queuedEvents + request.events.length > MAX_QUEUED_EVENTS ||
        queuedChars + request.size > MAX_QUEUED_CHARS
      )
        return Promise.reject(overloaded(queuedEvents, queuedChars));
      queuedEvents += request.events.length;
      queuedChars += request.size;
      const { promise, resolve, reject } = Promise.withResolvers<RowResult[]>();
      queue.push({ request, resolve, reject });
      running ??= run();
      return promise;
    },
    idle: async () => running,
  };
}

async function turnEnd(length: () => number): Promise<void> {
  for (let quiet = 0; quiet < QUIET_MICROTASKS; ) {
    const before = length();
    await undefined;
    quiet = length() === before ? quiet + 1 : 0;
  }
}

const overloaded = (events: number, chars: number): Failure =>
  new Failure("overloaded", "Too many events wait for the ledger's disk", {
    hint: "Slow down and append again",
    meta: { events, chars, maxEvents: MAX_QUEUED_EVENTS, maxChars: MAX_QUEUED_CHARS },
    retryAfterMs: 100,
  });
