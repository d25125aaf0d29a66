/** One call's patience: the caller's signal and the deadline as one signal, whose reason is the failure to throw. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import type { ModelCallOptions } from "../model.ts";

export interface ModelCall {
  /** Aborts with a `cancelled` or `timeout` failure as its reason. */
  readonly signal: AbortSignal;
  readonly remainingMs: number;
  /** Throws when the call has been stopped. */
  check(): void;
  /** The work is done: timers and listeners go. */
  close(): void;
  /** Stops the call from our side, e.g. because the model is unloaded. */
  stop(failure: Failure): void;
  /** A timer on the clock of the call. */
  after: Clock["after"];
}

/** Throws `cancelled` or `timeout` before any work when the call has been given up already. */
export function openCall(clock: Clock, { signal, deadline }: ModelCallOptions = {}): ModelCall {
  const stopped = new AbortController();
  const cancel = () =>
    stopped.abort(new Failure("cancelled", "the caller gave the call up", { cause: signal?.reason }));
  const expire = () => stopped.abort(late(clock, deadline));
  const timer =
    deadline === undefined || deadline <= clock.now()
      ? undefined
      : clock.after(deadline - clock.now(), expire);
  if (signal?.aborted) cancel();
  else if (deadline !== undefined && timer === undefined) expire();
  else signal?.addEventListener("abort", cancel, { once: true });
  const call: ModelCall = {
    signal: stopped.signal,
    get remainingMs() {
      return deadline === undefined ? Number.POSITIVE_INFINITY : deadline - clock.now();
    },
    check() {
      if (stopped.signal.aborted) throw stopped.signal.reason;
    },
    close() {
      timer?.cancel();
      signal?.removeEventListener("abort", cancel);
    },
    stop: (failure) => stopped.abort(failure),
    after: (delayMs, callback) => clock.after(delayMs, callback),
  };
  call.check();
  return call;
}

const late = (clock: Clock, deadline: number | undefined): Failure =>
  new Failure("timeout", "the deadline of the call has passed", {
    meta: { deadline: deadline ?? null, now: clock.now() },
    hint: "Allow more time, or ask for fewer tokens.",
  });
