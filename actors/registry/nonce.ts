/** Single-use challenges that cost the registry no memory until a registered hotkey has answered one. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { Failure } from "../../protocol/failure.ts";
import type { Clock, Rng } from "../../runtime/ports/index.ts";

const NONCE = /^([0-9a-z]{1,10})\.([0-9a-f]{32})\.([0-9a-f]{32})$/;

export interface NonceOptions {
  clock: Pick<Clock, "now">;
  rng: Pick<Rng, "bytes">;
  /** How long a challenge may be answered, in milliseconds. */
  lifetimeMs: number;
  /** Answered challenges remembered until they expire. */
  capacity: number;
}

/**
 * A nonce carries its own expiry and a MAC under a key of this process, so that asking for challenges fills nothing.
 * Only redeemed ones are remembered, until they would have expired anyway.
 */
export class Nonces {
  readonly #options: NonceOptions;
  readonly #key: Uint8Array;
  /** Redeemed nonce → its expiry, in order of redemption. */
  readonly #redeemed = new Map<string, number>();

  constructor(options: NonceOptions) {
    this.#options = options;
    this.#key = options.rng.bytes(32);
  }

  issue(): { nonce: string; expiresAt: number } {
    const expiresAt = this.#options.clock.now() + this.#options.lifetimeMs;
    const head = `${expiresAt.toString(36)}.${hex(this.#options.rng.bytes(16))}`;
    return { nonce: `${head}.${this.#mac(head)}`, expiresAt };
  }

  /** Checks that the nonce is ours, in time and unused; does not use it up. Fails with `expired` or `conflict`. */
  check(nonce: string): void {
    const [, expiry, random, mac] = NONCE.exec(nonce) ?? [];
    const now = this.#options.clock.now();
    if (expiry === undefined || mac === undefined || !sameText(mac, this.#mac(`${expiry}.${random}`))) {
      throw new Failure("expired", "The nonce was not issued by this registry, or before its last start", {
        hint: "Ask for a new one: POST /v1/enrol/challenge.",
      });
    }
    const expiresAt = Number.parseInt(expiry, 36);
    if (expiresAt <= now) {
      throw new Failure("expired", "The nonce has expired", {
        meta: { serverTime: now, expiresAt },
        hint: "Ask for a new one and answer at once. If this repeats, compare your clock with serverTime.",
      });
    }
    if (this.#redeemed.has(nonce)) {
      throw new Failure("conflict", "The nonce was used before", {
        hint: "Each challenge can be answered once: ask for a new one.",
      });
    }
  }

  /** Uses the nonce up. Fails like `check`, and with `overloaded` when too many were redeemed lately. */
  redeem(nonce: string): void {
    this.check(nonce);
    this.#forgetExpired();
    if (this.#redeemed.size >= this.#options.capacity) {
      throw new Failure("overloaded", "The registry has too many enrolments at the moment", {
        retryAfterMs: this.#options.lifetimeMs,
      });
    }
    this.#redeemed.set(nonce, Number.parseInt(nonce.slice(0, nonce.indexOf(".")), 36));
  }

  get remembered(): number {
    return this.#redeemed.size;
  }

  #forgetExpired(): void {
    const now = this.#options.clock.now();
    // Nearly in order of expiry: stopping at the first live one keeps this cheap, the rest follow within a lifetime.
    for (const [nonce, expiresAt] of this.#redeemed) {
      if (expiresAt > now) return;
      this.#redeemed.delete(nonce);
    }
  }

  #mac(head: string): string {
    return createHmac("sha256", this.#key).update(head).digest("hex").slice(0, 32);
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const sameText = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));
