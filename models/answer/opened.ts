/** An answer that has to be waited for before it begins: for a turn, for an actor that answers at all. */
import type { GenerateChunk } from "../../protocol/model.ts";

export interface Begun {
  first: IteratorResult<GenerateChunk, undefined>;
  rest: AsyncIterator<GenerateChunk, undefined>;
}

const DONE: Begun["first"] = { done: true, value: undefined };

/**
 * Begins at the first pull, and once it has begun is out of the way: pulls go straight to `rest`. One pull at a time, as
 * `for await` makes them.
 */
export function opened(begin: () => Promise<Begun>): AsyncIterableIterator<GenerateChunk, undefined> {
  return new Opened(begin);
}

class Opened implements AsyncIterableIterator<GenerateChunk, undefined> {
  readonly #begin: () => Promise<Begun>;
  #beginning: Promise<Begun> | undefined;
  #rest: AsyncIterator<GenerateChunk, undefined> | undefined;
  #over = false;

  constructor(begin: () => Promise<Begun>) {
    this.#begin = begin;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<GenerateChunk, undefined>> {
    if (this.#rest !== undefined) return this.#rest.next();
    return this.#over ? Promise.resolve(DONE) : this.#first();
  }

  async return(): Promise<IteratorResult<GenerateChunk, undefined>> {
    this.#over = true;
    // Who leaves meanwhile has told so by its signal; what has begun nevertheless is ended.
    const begun = await this.#beginning?.catch(() => undefined);
    await begun?.rest.return?.();
    return DONE;
  }

  async #first(): Promise<IteratorResult<GenerateChunk, undefined>> {
    this.#over = true;
    this.#beginning = this.#begin();
    const { first, rest } = await this.#beginning;
    this.#rest = rest;
    return first;
  }
}
