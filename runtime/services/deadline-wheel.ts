/** Deadlines of many calls on one timer: most calls are answered, and then cost no timer at all. */
import type { Clock, Timer } from "../ports/clock.ts";

/** Anything that must end at its deadline unless it ended before. */
export interface Expiring {
  /** Absolute, milliseconds since the Unix epoch. */
  readonly deadline: number;
  expire(): void;
}

/** Deadlines within one slot expire together, at its end: never early, at most this late. */
const SLOT_MS = 8;

export class DeadlineWheel {
  readonly #clock: Clock;
  readonly #slots = new Map<number, Set<Expiring>>();
  #timer: Timer | undefined;
  #armedFor = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(entry: Expiring): void {
    const slot = slotOf(entry.deadline);
    const entries = this.#slots.get(slot);
    if (entries !== undefined) entries.add(entry);
    else this.#slots.set(slot, new Set([entry]));
    if (slot < this.#armedFor) this.#arm(slot);
  }

  remove(entry: Expiring): void {
    const slot = slotOf(entry.deadline);
    const entries = this.#slots.get(slot);
    if (entries?.delete(entry) && entries.size === 0) this.#slots.delete(slot);
  }

  close(): void {
    this.#timer?.cancel();
    this.#slots.clear();
  }

  #arm(slot: number): void {
    this.#timer?.cancel();
    this.#armedFor = slot;
    this.#timer = this.#clock.after(slot * SLOT_MS - this.#clock.now(), () => this.#turn());
  }

  #turn(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [slot, entries] of this.#slots) {
      if (slot * SLOT_MS > now) {
        next = Math.min(next, slot);
        continue;
      }
      this.#slots.delete(slot);
      for (const entry of entries) entry.expire();
    }
    // What expired may have armed the timer anew.
    if (next < this.#armedFor) this.#arm(next);
  }
}

const slotOf = (deadline: number): number => Math.ceil(deadline / SLOT_MS);
