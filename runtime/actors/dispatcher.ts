/** Gives actors with mail their turns, fairly, and lets the event loop breathe in between. */
import type { Clock } from "../ports/clock.ts";
import { Ring } from "./ring.ts";

export interface Runnable {
  /** Takes at most `turns` turns and returns how many it took. Schedules itself again when mail is left. */
  run(turns: number): number;
}

/** Turns in a row for one actor: a busy one delays the others by no more than this. */
const BATCH = 64;
/** Turns before timers and sockets get their chance; about a millisecond of small turns. */
const BREATH = 8_192;

export class Dispatcher {
  private readonly ready = new Ring<Runnable>();
  private readonly clock: Clock;
  private awake = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  schedule(runnable: Runnable): void {
    this.ready.push(runnable);
    if (this.awake) return;
    this.awake = true;
    queueMicrotask(this.drain);
  }

  get idle(): boolean {
    return !this.awake;
  }

  private readonly drain = (): void => {
    let budget = BREATH;
    while (budget > 0) {
      const next = this.ready.shift();
      if (next === undefined) {
        this.awake = false;
        return;
      }
      // Counts at least one, so that actors without a message to show for it cannot hold the loop.
      budget -= Math.max(1, next.run(Math.min(BATCH, budget)));
    }
    this.clock.after(0, this.drain);
  };
}
