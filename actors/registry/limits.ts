/** Bounds of the registry, with values for an open subnet of some hundred miners. */
import type { Rate } from "./token-buckets.ts";

export interface EnrolmentLimits {
  /** Life of a credential: renewed at two thirds, an hour at most. */
  tokenMs: number;
  /** Time to answer a challenge. */
  nonceMs: number;
  /** How old a metagraph may be: a hotkey registered just now may have to wait this long. */
  metagraphMs: number;
  /** All requests of one network address; a /64 counts as one. */
  perAddress: Rate;
  /** Enrolments and renewals of one hotkey that proved to be itself. */
  perHotkey: Rate;
  nkeysPerHotkey: number;
  /** Redeemed nonces, addresses and hotkeys remembered, each. */
  remembered: number;
}

const DEFAULTS: EnrolmentLimits = {
  tokenMs: 60 * 60_000,
  nonceMs: 60_000,
  metagraphMs: 6_000,
  perAddress: { burst: 30, perMs: 1_000 },
  perHotkey: { burst: 6, perMs: 30_000 },
  nkeysPerHotkey: 8,
  remembered: 65_536,
};

export const enrolmentLimits = (overrides: Partial<EnrolmentLimits> = {}): EnrolmentLimits => ({
  ...DEFAULTS,
  ...overrides,
});
