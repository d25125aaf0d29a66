/** One heartbeat for all open streams of a node: silence is noticed on both sides. */
import type { Clock, Timer } from "../ports/clock.ts";

/** How often a silent side says that it is alive. */
export const PULSE_MS = 5_000;
/** After this long without a word the other side counts as dead. */
export const SILENCE_MS = 4 * PULSE_MS;

export interface Pulsing {
  beat(): void;
}

export class Pulse {
  readonly #clock: Clock;
  readonly #members = new Set<Pulsing>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(member: Pulsing): void {
    this.#members.add(member);
    this.#timer ??= this.#clock.every(PULSE_MS, () => {
      for (const each of [...this.#members]) each.beat();
    });
  }

  remove(member: Pulsing): void {
    this.#members.delete(member);
    if (this.#members.size === 0) this.close();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
