/** Deadline and cancellation of a call, from its options and the work that makes it. */
import { Failure } from "../../protocol/failure.ts";
import type { CallOptions } from "../services.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Wire } from "./wire.ts";

/** The earliest deadline given; without any, the method's own timeout from now. Throws when it has passed. */
export function deadlineOf(wire: Wire, endpoint: Endpoint, options: CallOptions | undefined): number {
  const now = wire.clock.now();
  const given = Math.min(
    options?.deadline ?? Number.POSITIVE_INFINITY,
    options?.parent?.deadline ?? Number.POSITIVE_INFINITY,
  );
  if (given <= now) {
    throw new Failure("timeout", `the deadline passed before ${endpoint.title} was called`, {
      meta: { lateMs: now - given },
    });
  }
  return Number.isFinite(given) ? Math.floor(given) : now + endpoint.timeoutMs;
}

/** Calls `onAbort` once when either signal of the options aborts; the result stops listening. */
export function onCancel(options: CallOptions | undefined, onAbort: () => void): (() => void) | undefined {
  const own = options?.signal;
  const parents = options?.parent?.signal;
  if (own === undefined && parents === undefined) return undefined;
  own?.addEventListener("abort", onAbort, { once: true });
  parents?.addEventListener("abort", onAbort, { once: true });
  return () => {
    own?.removeEventListener("abort", onAbort);
    parents?.removeEventListener("abort", onAbort);
  };
}

export function checkNotCancelled(endpoint: Endpoint, options: CallOptions | undefined): void {
  const aborted = [options?.signal, options?.parent?.signal].find((signal) => signal?.aborted);
  if (aborted !== undefined) throw cancelledCall(endpoint, aborted.reason);
}

export const cancelledCall = (endpoint: Endpoint, reason: unknown): Failure =>
  new Failure("cancelled", `${endpoint.title} was cancelled by its caller`, {
    cause: reason instanceof Error ? reason : undefined,
  });

export const nobodyServes = (endpoint: Endpoint, subject: string): Failure =>
  new Failure("unavailable", `nobody serves ${endpoint.title}`, {
    meta: { subject },
    hint: `Start a node with the role ${endpoint.service.servedBy.join(" or ")}.`,
  });
