/** What becomes of an actor that failed, and of its siblings. */
import type { Rng } from "../ports/rng.ts";

/**
 * Which siblings share the fate of a failed actor: none, those started after it, or all. Restarted with exponential
 * backoff and jitter; more than `restarts` within `withinMs` escalates to the supervisor's own supervisor.
 */
export interface Supervision {
  readonly strategy?: Strategy;
  /** Default 5 within 60 s. */
  readonly intensity?: Intensity;
  /** Default 50 ms doubling to 10 s. */
  readonly backoff?: Backoff;
}

export type Strategy = "one-for-one" | "rest-for-one" | "one-for-all";

export interface Intensity {
  readonly restarts: number;
  readonly withinMs: number;
}

export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
}

export const DEFAULT_INTENSITY: Intensity = { restarts: 5, withinMs: 60_000 };
export const DEFAULT_BACKOFF: Backoff = { minMs: 50, maxMs: 10_000 };

/**
 * Wait before the nth restart in a row (from 1), in milliseconds: doubled each time up to `maxMs`, then drawn from
 * the upper half, so that actors that failed together do not come back together ("equal jitter").
 */
export function backoffMs(attempt: number, backoff: Backoff, rng: Rng): number {
  const ceiling = Math.min(backoff.maxMs, backoff.minMs * 2 ** Math.min(attempt - 1, 32));
  return ceiling / 2 + (rng.next() * ceiling) / 2;
}

/** Counts restarts in a sliding window. */
export class RestartWindow {
  private readonly intensity: Intensity;
  private times: number[] = [];

  constructor(intensity: Intensity) {
    this.intensity = intensity;
  }

  /** Notes a failure at `now` (monotonic ms): which restart in the window it asks for, or undefined when too many. */
  admit(now: number): number | undefined {
    this.times = this.times.filter((time) => now - time < this.intensity.withinMs);
    if (this.times.length >= this.intensity.restarts) return undefined;
    return this.times.push(now);
  }
}

/** The siblings, in order of their start, that are restarted when `failed` fails. */
export function affectedBy<T>(failed: T, siblings: readonly T[], strategy: Strategy): T[] {
  if (strategy === "one-for-one") return [failed];
  return strategy === "one-for-all" ? [...siblings] : siblings.slice(siblings.indexOf(failed));
}
