/**
 * Something to do with each chunk of an answer as it passes. A layer of this kind costs one promise for each chunk, where an async
 * generator costs three: between a model and a reader there are several.
 */
import type { GenerateChunk } from "../../protocol/model.ts";

export interface Watch {
  /** Before the reader has the chunk; what it throws ends the answer. */
  seen?(chunk: GenerateChunk): void;
  /** Once, however the answer ends, with what it failed by. What it throws at `whole` is what the reader hears. */
  over?(how: "whole" | "failed" | "left", thrown?: unknown): void;
}

type Result = IteratorResult<GenerateChunk, undefined>;
const DONE: Result = { done: true, value: undefined };

/** The chunks as they are. One pull at a time, as `for await` makes them. */
export function watched(
  chunks: AsyncIterable<GenerateChunk>,
  watch: Watch,
): AsyncIterableIterator<GenerateChunk, undefined> {
  return new Watched(chunks[Symbol.asyncIterator](), watch);
}

class Watched implements AsyncIterableIterator<GenerateChunk, undefined> {
  readonly #chunks: AsyncIterator<GenerateChunk>;
  readonly #watch: Watch;
  #leaving = false;
  #over = false;

  constructor(chunks: AsyncIterator<GenerateChunk>, watch: Watch) {
    this.#chunks = chunks;
    this.#watch = watch;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.#over) return Promise.resolve(DONE);
    return this.#chunks.next().then(this.#passed, this.#failed);
  }

  async return(): Promise<Result> {
    if (this.#over) return DONE;
    this.#leaving = true;
    try {
      await this.#chunks.return?.();
    } finally {
      this.#end("left");
    }
    return DONE;
  }

  /** Properties, so that a chunk costs no closures of its own. */
  readonly #passed = (result: IteratorResult<GenerateChunk>): Result | Promise<Result> => {
    if (result.done === true) {
      // A pull that waits while its reader leaves ends, too, and not because the answer is whole.
      if (!this.#leaving) this.#end("whole");
      return DONE;
    }
    try {
      this.#watch.seen?.(result.value);
    } catch (thrown) {
      return this.#refuse(thrown);
    }
    return result;
  };

  readonly #failed = (thrown: unknown): never => {
    this.#end("failed", thrown);
    throw thrown;
  };

  /** Who makes the chunks is told that nobody wants them, before the reader hears why. */
  async #refuse(thrown: unknown): Promise<never> {
    await this.#chunks.return?.().catch(() => {});
    this.#end("failed", thrown);
    throw thrown;
  }

  #end(how: "whole" | "failed" | "left", thrown?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#watch.over?.(how, thrown);
  }
}
