/** The statuses of one watched transaction: few, so that nothing of a slow reader's is ever dropped. */
import type { SubmittedStatus } from "./pool-status.ts";

const FINAL = new Set(["finalized", "usurped", "finalityTimeout", "dropped", "invalid"]);

export const isFinal = (status: SubmittedStatus): boolean =>
  FINAL.has(typeof status === "string" ? status : Object.keys(status)[0]!);

export class StatusStream implements AsyncIterable<SubmittedStatus> {
  readonly #waiting: SubmittedStatus[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  push(status: SubmittedStatus): void {
    if (this.#ended) return;
    this.#waiting.push(status);
    if (isFinal(status)) this.#ended = true;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<SubmittedStatus> {
    for (;;) {
      const status = this.#waiting.shift();
      if (status !== undefined) yield status;
      else if (this.#ended) return;
      else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
    }
  }
}
