/** Hashes that the pool turns away for a while: what was just included, and what was just found invalid. */
import type { Clock } from "../../../runtime/ports/clock.ts";
import type { Hex } from "../../scale/hex.ts";

/** As Substrate's pool has it. */
const BAN_MS = 30 * 60_000;
const MAX_BANS = 4_096;

export class Bans {
  readonly #clock: Clock;
  readonly #until = new Map<Hex, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(hash: Hex): void {
    this.#until.delete(hash);
    this.#until.set(hash, this.#clock.monotonic() + BAN_MS);
    // The oldest ban goes first: maps keep the order of insertion.
    if (this.#until.size > MAX_BANS) this.#until.delete(this.#until.keys().next().value!);
  }

  has(hash: Hex): boolean {
    const until = this.#until.get(hash);
    if (until === undefined) return false;
    if (this.#clock.monotonic() < until) return true;
    this.#until.delete(hash);
    return false;
  }

  clear(): void {
    this.#until.clear();
  }
}
