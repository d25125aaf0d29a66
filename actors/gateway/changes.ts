/** Tells many listeners that something changed, each at its own pace: the slow ones skip, none queues. */
import type { Clock } from "../../runtime/ports/index.ts";

export interface Changes {
  /** Goes up with every change. */
  readonly version: number;
  touch(): void;
  /** Yields `change` after something changed, `idle` when nothing did for `idleMs`; ends with the signal. */
  follow(options: FollowOptions): AsyncGenerator<"change" | "idle">;
}

export interface FollowOptions {
  signal: AbortSignal;
  clock: Clock;
  idleMs: number;
  /** Least time until the next change is told, asked after each. */
  paceMs: () => number;
}

export function createChanges(): Changes {
  let version = 0;
  const waiting = new Set<() => void>();

  /** Resolves at the next change, after `idleMs`, or when the signal aborts. */
  function nextTouch({ signal, clock, idleMs }: FollowOptions): Promise<void> {
    return new Promise((resolve) => {
      const timer = clock.after(idleMs, wake);
      function wake() {
        timer.cancel();
        waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      }
      waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }

  return {
    get version() {
      return version;
    },
    touch() {
      version++;
      for (const wake of [...waiting]) wake();
    },
    async *follow(options) {
      const { signal, clock } = options;
      let seen = version;
      while (!signal.aborted) {
        if (version === seen) await nextTouch(options);
        if (signal.aborted) return;
        const changed = version !== seen;
        seen = version;
        yield changed ? "change" : "idle";
        await clock.sleep(options.paceMs(), signal).catch(() => {});
      }
    },
  };
}
