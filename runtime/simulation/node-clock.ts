/** One node's view of virtual time: it may be off, stand still, or stop for ever with the node. */
import type { Clock, Timer } from "../ports/clock.ts";
import { sleepOn } from "../ports/system-clock.ts";

export class NodeClock implements Clock {
  /** Milliseconds that this node's wall clock is ahead of the world's. */
  skewMs = 0;
  readonly #world: Clock;
  #state: "running" | "frozen" | "dead" = "running";
  #held: (() => void)[] = [];

  constructor(world: Clock, skewMs: number) {
    this.#world = world;
    this.skewMs = skewMs;
  }

  now(): number {
    return this.#world.now() + this.skewMs;
  }

  monotonic(): number {
    return this.#world.monotonic();
  }

  after(delayMs: number, callback: () => void): Timer {
    let cancelled = false;
    const timer = this.#world.after(delayMs, () => {
      if (this.#state === "running") callback();
      // A stopped process finds all its due timers when it goes on.
      else if (this.#state === "frozen") this.#held.push(() => void (cancelled || callback()));
    });
    return {
      cancel() {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  every(periodMs: number, callback: () => void): Timer {
    let timer: Timer;
    let cancelled = false;
    const again = () => {
      callback();
      // The callback may have cancelled its own timer.
      if (!cancelled) timer = this.after(periodMs, again);
    };
    timer = this.after(periodMs, again);
    return {
      cancel() {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }

  freeze(): void {
    if (this.#state === "running") this.#state = "frozen";
  }

  resume(): void {
    if (this.#state !== "frozen") return;
    this.#state = "running";
    const held = this.#held;
    this.#held = [];
    for (const callback of held) callback();
  }

  /** Nothing that waits on this clock ever happens. */
  kill(): void {
    this.#state = "dead";
    this.#held = [];
  }
}
