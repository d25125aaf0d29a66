/** A message that carries more than itself: a deadline, an origin, or somebody who waits for the answer. */
import { Failure } from "../../protocol/failure.ts";
import type { Context } from "../context.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { SendOptions } from "./actor.ts";

export class Letter {
  readonly message: unknown;
  readonly deadline: number;
  readonly parent: Context | undefined;
  /** Undefined for a tell. */
  readonly question: Question | undefined;

  constructor(message: unknown, deadline: number, parent: Context | undefined, question?: Question) {
    this.message = message;
    this.deadline = deadline;
    this.parent = parent;
    this.question = question;
  }
}

/** Somebody waits for an answer, for no longer than the deadline and as long as their signal lets them. */
export class Question {
  /** Answered or given up: the turn, if it has not begun, need not. */
  settled = false;
  /** Set by the turn that works on it, which is then cancelled with the question. */
  onGivenUp: ((failure: Failure) => void) | undefined = undefined;
  readonly answer: Promise<unknown>;
  private resolve!: (value: unknown) => void;
  private reject!: (failure: Failure) => void;
  private readonly timer: Timer;
  private readonly signals: readonly AbortSignal[];

  constructor(path: string, deadline: number, signals: readonly AbortSignal[], clock: Clock) {
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.signals = signals;
    this.timer = clock.after(deadline - clock.now(), () =>
      this.giveUp(new Failure("timeout", "the actor did not answer in time", { meta: { path } })),
    );
    for (const signal of signals) signal.addEventListener("abort", this.onAbort, { once: true });
    if (signals.some((signal) => signal.aborted)) this.onAbort();
  }

  fulfil(value: unknown): void {
    if (this.end()) this.resolve(value);
  }

  fail(failure: Failure): void {
    if (this.end()) this.reject(failure);
  }

  private giveUp(failure: Failure): void {
    if (!this.end()) return;
    this.reject(failure);
    this.onGivenUp?.(failure);
  }

  private readonly onAbort = (): void =>
    this.giveUp(new Failure("cancelled", "the question was withdrawn before its answer"));

  private end(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.timer.cancel();
    for (const signal of this.signals) signal.removeEventListener("abort", this.onAbort);
    return true;
  }
}

/** The earliest of what the sender set and what the sender's own work has left. */
export function deadlineOf(options: SendOptions, fallback: number): number {
  const inherited = options.parent?.deadline ?? Number.POSITIVE_INFINITY;
  return Math.min(options.deadline ?? (options.parent === undefined ? fallback : inherited), inherited);
}
