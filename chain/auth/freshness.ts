/** Whether a request is of now. A refusal tells the server's time, so that its reader sees whose clock is wrong. */
import type { Clock } from "../../runtime/ports/clock.ts";
import { refusal } from "./refusal.ts";

/** How far a request's time may be from the server's, in milliseconds. */
export interface Window {
  maxAgeMs: number;
  maxSkewMs: number;
}

/** Fails with reason `stale` or `early`; `meta` holds both times, their difference and the limit. */
export function mustBeFresh(at: number, { maxAgeMs, maxSkewMs }: Window, clock: Clock): void {
  const now = clock.now();
  const age = now - at;
  if (age > maxAgeMs) throw skewed("stale", `The request is ${seconds(age)} old`, now, at, maxAgeMs);
  if (-age > maxSkewMs)
    throw skewed("early", `The request is ${seconds(-age)} ahead of this server's clock`, now, at, maxSkewMs);
}

function skewed(reason: "stale" | "early", what: string, now: number, at: number, allowedMs: number) {
  return refusal(reason, `${what}; ${seconds(allowedMs)} are allowed`, {
    hint: `This server's time is ${iso(now)}: compare your clock (timedatectl, chronyc tracking), and sign each request when it is sent.`,
    meta: { serverTime: iso(now), serverTimeMs: now, requestTimeMs: at, differenceMs: at - now, allowedMs },
  });
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const iso = (ms: number): string => new Date(ms).toISOString();
