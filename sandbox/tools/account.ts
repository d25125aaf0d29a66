/**
 * The money of one session, and what counts like money: reserve the worst case, call, settle. It has a single writer, the
 * session, and no step of it waits for anything: however many calls are made at once, spent and reserved together
 * never pass the budget in any unit.
 */
import { Failure } from "../../protocol/failure.ts";
import type { ToolBudget } from "../../protocol/tools.ts";

export type Spend = Omit<ToolBudget, "wallMs">;
export const UNITS = ["calls", "tokens", "nanoUsd", "bytes"] as const satisfies readonly (keyof Spend)[];

export const NOTHING: Spend = { nanoUsd: 0, tokens: 0, calls: 0, bytes: 0 };

/** Comes soon: what is reserved by others may be given back when their calls end. */
const RETRY_MS = 250;

export interface Reservation {
  readonly worst: Spend;
  /**
   * Ends the reservation with what was really used, and returns what was charged. More than was reserved is charged as
   * far as the budget goes; what is beyond is the provider's breach and the operator's loss, never a debt.
   */
  settle(used: Spend): { charged: Spend; beyond: Spend };
}

export class Account {
  readonly budget: Spend;
  #spent: Spend = NOTHING;
  #reserved: Spend = NOTHING;

  constructor({ nanoUsd, tokens, calls, bytes }: ToolBudget) {
    this.budget = { nanoUsd, tokens, calls, bytes };
  }

  get spent(): Spend {
    return this.#spent;
  }

  get reserved(): Spend {
    return this.#reserved;
  }

  /** What a new call could take now. */
  get left(): Spend {
    return less(less(this.budget, this.#spent), this.#reserved);
  }

  /** Throws `limit`, which names the unit, and can be tried again when only other calls in progress are in the way. */
  reserve(worst: Spend): Reservation {
    const { left } = this;
    const unit = UNITS.find((each) => worst[each] > left[each]);
    if (unit !== undefined) {
      const passing = this.#spent[unit] + worst[unit] <= this.budget[unit];
      throw new Failure(
        "limit",
        `the session's budget of ${unit} does not cover the worst case of this call`,
        {
          meta: { unit, worst: worst[unit], left: left[unit], budget: this.budget[unit] },
          ...(passing ? { retryable: true, retryAfterMs: RETRY_MS } : {}),
          hint: passing
            ? "Wait for your other calls to end."
            : "Ask for less: tooling_info tells prices and budget.",
        },
      );
    }
    this.#reserved = plus(this.#reserved, worst);
    let open = true;
    return {
      worst,
      settle: (used) => {
        if (!open) throw new Failure("defect", "a reservation was settled twice");
        open = false;
        this.#reserved = less(this.#reserved, worst);
        const charged = least(used, this.left);
        this.#spent = plus(this.#spent, charged);
        return { charged, beyond: less(used, charged) };
      },
    };
  }
}

const each = (of: (unit: keyof Spend) => number): Spend => ({
  nanoUsd: of("nanoUsd"),
  tokens: of("tokens"),
  calls: of("calls"),
  bytes: of("bytes"),
});
export const plus = (a: Spend, b: Spend): Spend => each((unit) => a[unit] + b[unit]);
const less = (a: Spend, b: Spend): Spend => each((unit) => a[unit] - b[unit]);
const least = (a: Spend, b: Spend): Spend => each((unit) => Math.min(a[unit], b[unit]));
