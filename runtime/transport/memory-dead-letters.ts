/** Dead letters of a memory network: whole, newest first, bounded. */
import type { Clock } from "../ports/clock.ts";
import type { DeadLetter } from "./transport.ts";

/** The oldest letters go when this many are kept. */
const CAPACITY = 10_000;

export class MemoryDeadLetters {
  readonly #letters = new Map<string, DeadLetter>();
  readonly #clock: Clock;
  #discarded = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Letters that were pushed out by newer ones. */
  get discarded(): number {
    return this.#discarded;
  }

  add(letter: Omit<DeadLetter, "at">): void {
    // A letter that comes again is the newest again.
    this.#letters.delete(letter.id);
    this.#letters.set(letter.id, { ...letter, at: this.#clock.now() });
    if (this.#letters.size <= CAPACITY) return;
    this.#letters.delete(this.#letters.keys().next().value!);
    this.#discarded++;
  }

  list(limit: number): DeadLetter[] {
    return [...this.#letters.values()].reverse().slice(0, limit);
  }

  get(id: string): DeadLetter | undefined {
    return this.#letters.get(id);
  }

  remove(id: string): void {
    this.#letters.delete(id);
  }
}
