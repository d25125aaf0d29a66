/** Calls in progress, so many at a time; what is unloaded stops them all. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import type { ModelCallOptions } from "../model.ts";
import { type ModelCall, openCall } from "./call.ts";

export class Slots {
  readonly #clock: Clock;
  readonly #size: number;
  readonly #calls = new Set<ModelCall>();

  constructor(clock: Clock, size: number) {
    this.#clock = clock;
    this.#size = size;
  }

  /** Throws `overloaded` when all are taken, `cancelled` or `timeout` for a call that has been given up already. */
  take(options?: ModelCallOptions): ModelCall {
    if (this.#calls.size >= this.#size) {
      throw new Failure("overloaded", "every slot of the model is taken", {
        meta: { slots: this.#size },
        hint: "Ask again when an answer has ended, or ask through the scheduler, which waits.",
      });
    }
    const call = openCall(this.#clock, options);
    this.#calls.add(call);
    return call;
  }

  free(call: ModelCall): void {
    call.close();
    this.#calls.delete(call);
  }

  stopAll(failure: Failure): void {
    for (const call of this.#calls) call.stop(failure);
    // A reader that never comes back must not keep its slot for ever.
    this.#calls.clear();
  }
}
