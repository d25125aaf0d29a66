/** Rate limits per key, in bounded memory: the least recently seen key is forgotten first. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/index.ts";

export interface Rate {
  /** Requests at once. */
  burst: number;
  /** Time in which one more is earned, in milliseconds. */
  perMs: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #what: string;
  readonly #rate: Rate;
  readonly #capacity: number;

  /** `what` names the key in the refusal, e.g. "address"; `capacity` bounds the keys remembered. */
  constructor(options: { clock: Pick<Clock, "monotonic">; what: string; rate: Rate; capacity: number }) {
    this.#clock = options.clock;
    this.#what = options.what;
    this.#rate = options.rate;
    this.#capacity = options.capacity;
  }

  /** Takes one token of the key. Fails with `overloaded` and the time to wait. */
  take(key: string): void {
    const now = this.#clock.monotonic();
    const bucket = this.#refilled(key, now);
    // Deleting first keeps the map in order of last use.
    this.#buckets.delete(key);
    if (this.#buckets.size >= this.#capacity) this.#buckets.delete(this.#buckets.keys().next().value ?? "");
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) {
      const retryAfterMs = Math.ceil((1 - bucket.tokens) * this.#rate.perMs);
      throw new Failure("overloaded", `Too many requests from this ${this.#what}`, {
        owner: "caller",
        retryAfterMs,
        hint: `Wait ${Math.ceil(retryAfterMs / 1_000)} s and try again.`,
      });
    }
    bucket.tokens -= 1;
  }

  /** What was taken turned out to be worth more: the next takes wait until it is earned. */
  owe(key: string, tokens: number): void {
    const bucket = this.#buckets.get(key);
    if (bucket !== undefined) bucket.tokens -= tokens;
  }

  get size(): number {
    return this.#buckets.size;
  }

  #refilled(key: string, now: number): Bucket {
    const { burst, perMs } = this.#rate;
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return { tokens: burst, at: now };
    return { tokens: Math.min(burst, bucket.tokens + (now - bucket.at) / perMs), at: now };
  }
}
