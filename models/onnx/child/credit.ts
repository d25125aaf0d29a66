/** Chunks that may still be sent: a reader that does not read stops the writer, not the process. */
export class Credit {
  #left: number;
  #wake: (() => void) | undefined;

  constructor(chunks: number) {
    this.#left = chunks;
  }

  add(chunks: number): void {
    this.#left += chunks;
    this.#wake?.();
  }

  /** Waits for one. Throws the signal's reason when it aborts. */
  async take(signal: AbortSignal): Promise<void> {
    while (this.#left <= 0) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    this.#left--;
  }
}
