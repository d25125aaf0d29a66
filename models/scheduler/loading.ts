/** A model that cannot be loaded is not tried again by every caller: who comes too soon hears what the last try said. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import type { Model, ModelCallOptions } from "../model.ts";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export class Loading {
  readonly #model: Model;
  readonly #clock: Clock;
  #pending: Promise<void> | undefined;
  #failures = 0;
  #last: { failure: Failure; until: number } | undefined;

  constructor(model: Model, clock: Clock) {
    this.#model = model;
    this.#clock = clock;
  }

  /** Fails with `unavailable` while a broken model rests. The load goes on when one of those who wait for it leaves. */
  async ensure({ signal }: ModelCallOptions): Promise<void> {
    if (this.#model.status === "ready") return;
    this.#checkRest();
    this.#pending ??= this.#load().finally(() => {
      this.#pending = undefined;
    });
    if (signal === undefined) return await this.#pending;
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(new Failure("cancelled", "the caller gave the call up"));
    signal.addEventListener("abort", leave, { once: true });
    try {
      await Promise.race([this.#pending, left.promise]);
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #checkRest(): void {
    const waitMs = (this.#last?.until ?? 0) - this.#clock.now();
    if (this.#last === undefined || waitMs <= 0) return;
    throw new Failure("unavailable", "the model could not be loaded", {
      cause: this.#last.failure,
      retryAfterMs: waitMs,
      meta: { failures: this.#failures },
      hint: this.#last.failure.hint ?? "See the log of its node.",
    });
  }

  async #load(): Promise<void> {
    try {
      await this.#model.load();
      this.#failures = 0;
      this.#last = undefined;
    } catch (thrown) {
      const failure = Failure.from(thrown);
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures++, LONGEST_PAUSE_MS);
      this.#last = { failure, until: this.#clock.now() + pauseMs };
      throw failure;
    }
  }
}
