/** A bounded pool of isolates: so many at once, so many waiting, everything else refused at once. */
import { Failure } from "../protocol/failure.ts";
import type { IsolateEvidence, IsolateRequest } from "../protocol/isolate.ts";
import type { PoolStatus } from "../protocol/services/sandbox.ts";
import type { IsolateBackend, RunOptions } from "./isolate.ts";
import { Turns } from "./turns.ts";

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

export function createIsolatePool(options: IsolatePoolOptions): IsolatePool {
  const { backend, slots, maxWaiting = 256, node = "local" } = options;
  const turns = new Turns({
    slots,
    maxWaiting,
    what: "an isolate",
    hint: "Start another node with the sandbox role, or ask again later.",
  });
  const running = new Set<Promise<unknown>>();
  let completed = 0;
  let closed = false;

  const status = (): PoolStatus => ({ node, backend: backend.name, running: turns.taken, slots, completed });

  return {
    status,
    waiting: () => turns.waiting,
    async run(request, given = {}) {
      const release = await turns.take(given.signal);
      const work = backend.run(request, given);
      running.add(work);
      try {
        return await work;
      } finally {
        running.delete(work);
        completed++;
        const wanted = turns.waiting > 0;
        release();
        if (!wanted && !closed) options.onIdle?.(status());
      }
    },
    async close() {
      closed = true;
      turns.close(new Failure("draining", "the isolate pool is closing"));
      await Promise.allSettled(running);
      await backend.close();
    },
  };
}
