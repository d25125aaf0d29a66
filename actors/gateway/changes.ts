/** Tells many listeners that something changed, at most a few times a second each: the slow ones skip, none queues. */
import type { Clock } from "../../runtime/ports/index.ts";

export interface Changes {
  touch(): void;
  /** Yields `change` after something changed, `idle` when nothing did for `idleMs`; ends with the signal. */
  follow(options: { signal: AbortSignal; clock: Clock; idleMs: number }): AsyncGenerator<"change" | "idle">;
}

/** Least time between two changes told to one listener. */
const PACE_MS = 250;

export function createChanges(): Changes {
  let version = 0;
  const waiting = new Set<() => void>();
  return {
    touch() {
      version++;
      for (const wake of waiting) wake();
    },
    async *follow({ signal, clock, idleMs }) {
      let seen = version;
      while (!signal.aborted) {
        if (version === seen) {
          await new Promise<void>((resolve) => {
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
        if (signal.aborted) return;
        const changed = version !== seen;
        seen = version;
        yield changed ? "change" : "idle";
        await clock.sleep(PACE_MS, signal).catch(() => {});
      }
    },
  };
}
