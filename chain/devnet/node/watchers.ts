/** Who follows which transaction, from the pool to finality. */
import { Failure } from "../../../protocol/failure.ts";
import type { Hex } from "../../scale/hex.ts";
import type { SubmittedStatus } from "./pool-status.ts";
import { isFinal, StatusStream } from "./status-stream.ts";

const MAX_WATCHES = 16_384;

export class Watchers {
  readonly #streams = new Map<Hex, Set<StatusStream>>();
  #count = 0;

  /** A stream of the transaction's statuses; ends with the last, or when the signal aborts. */
  watch(hash: Hex, signal: AbortSignal): StatusStream {
    if (this.#count >= MAX_WATCHES) {
      throw new Failure("overloaded", `${MAX_WATCHES} transactions are being watched`, {
        hint: "Unwatch those that are done with.",
      });
    }
    const stream = new StatusStream();
    const streams = this.#streams.get(hash) ?? new Set();
    this.#streams.set(hash, streams.add(stream));
    this.#count++;
    const leave = () => {
      stream.end();
      this.#leave(hash, stream);
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    return stream;
  }

  tell(hash: Hex, status: SubmittedStatus): void {
    for (const stream of this.#streams.get(hash) ?? []) {
      stream.push(status);
      if (isFinal(status)) this.#leave(hash, stream);
    }
  }

  /** Tells everybody who still waits, and ends their streams. */
  endAll(status: SubmittedStatus): void {
    for (const hash of [...this.#streams.keys()]) this.tell(hash, status);
  }

  #leave(hash: Hex, stream: StatusStream): void {
    const streams = this.#streams.get(hash);
    if (streams?.delete(stream) !== true) return;
    this.#count--;
    if (streams.size === 0) this.#streams.delete(hash);
  }
}
