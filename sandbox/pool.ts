/** A bounded pool of isolates: so many at once, so many waiting, everything else refused at once. */
import { Failure } from "../protocol/failure.ts";
import type { IsolateEvidence, IsolateRequest } from "../protocol/isolate.ts";
import type { PoolStatus } from "../protocol/services/sandbox.ts";
import type { IsolateBackend, RunOptions } from "./isolate.ts";

export interface IsolatePoolOptions {
  backend: IsolateBackend;
  /** Isolates at once; one per core is a good number, since each case keeps one core busy. */
  slots: number;
  /** Requests that may wait; default 256. */
  maxWaiting?: number;
  /** Name of the node, for `status`. */
  node?: string;
  /** Called whenever a slot gets free and nobody waits for it. */
  onIdle?: (status: PoolStatus) => void;
}

export interface IsolatePool {
  /** Evidence of one request. Throws `overloaded`, `cancelled`, or what the back end throws. */
  run(request: IsolateRequest, options?: RunOptions): Promise<IsolateEvidence>;
  status(): PoolStatus;
  /** How many requests wait for a slot. */
  waiting(): number;
  /** Refuses what waits, lets what runs end, then closes the back end. */
  close(): Promise<void>;
}

interface Waiter {
  take(): void;
  refuse(failure: Failure): void;
}

export function createIsolatePool(options: IsolatePoolOptions): IsolatePool {
  const { backend, slots, maxWaiting = 256, node = "local" } = options;
  if (!Number.isInteger(slots) || slots < 1) {
    throw new Failure("config", "a pool needs at least one slot", { meta: { slots } });
  }
  const queue: Waiter[] = [];
  const running = new Set<Promise<unknown>>();
  let taken = 0;
  let completed = 0;
  let closed = false;

  const status = (): PoolStatus => ({ node, backend: backend.name, running: taken, slots, completed });

  const acquire = (signal: AbortSignal | undefined): Promise<void> => {
    if (closed) throw new Failure("draining", "the isolate pool is closing");
    if (signal?.aborted) throw cancelled(signal);
    if (taken < slots) {
      taken++;
      return Promise.resolve();
    }
    if (queue.length >= maxWaiting) {
      throw new Failure("overloaded", "too many isolates are waiting", {
        meta: { waiting: queue.length, slots },
        hint: "Start another node with the sandbox role, or ask again later.",
      });
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        queue.splice(queue.indexOf(waiter), 1);
        reject(cancelled(signal!));
      };
      const waiter: Waiter = {
        take() {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
        refuse(failure) {
          signal?.removeEventListener("abort", onAbort);
          reject(failure);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      queue.push(waiter);
    });
  };

  const release = (): void => {
    completed++;
    const next = queue.shift();
    if (next !== undefined) {
      next.take(); // the slot changes hands without ever being free
      return;
    }
    taken--;
    if (!closed) options.onIdle?.(status());
  };

  return {
    status,
    waiting: () => queue.length,
    async run(request, options = {}) {
      await acquire(options.signal);
      const work = backend.run(request, options);
      running.add(work);
      try {
        return await work;
      } finally {
        running.delete(work);
        release();
      }
    },
    async close() {
      closed = true;
      for (const waiter of queue.splice(0)) {
        waiter.refuse(new Failure("draining", "the isolate pool is closing"));
      }
      await Promise.allSettled(running);
      await backend.close();
    },
  };
}

const cancelled = (signal: AbortSignal): Failure =>
  new Failure("cancelled", "the wait for an isolate was cancelled", { cause: signal.reason });
