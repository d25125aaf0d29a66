/** Callbacks in the order they came; one that throws hurts neither the others nor the teller. */
import { Failure } from "../../../protocol/failure.ts";

const MAX_LISTENERS = 10_000;

export class Listeners<T> {
  readonly #listeners = new Set<(news: T) => void>();
  readonly #onDefect: (failure: Failure) => void;

  constructor(onDefect: (failure: Failure) => void) {
    this.#onDefect = onDefect;
  }

  /** Returns how to stop. */
  add(listener: (news: T) => void): () => void {
    if (this.#listeners.size >= MAX_LISTENERS) {
      throw new Failure("overloaded", `${MAX_LISTENERS} listen already`);
    }
    // The same function may listen twice.
    const own = (news: T) => listener(news);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  tell(news: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(news);
      } catch (error) {
        this.#onDefect(Failure.from(error));
      }
    }
  }
}
