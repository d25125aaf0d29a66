/** Stopping in good order: named phases, each with its own deadline, and a report of what did not make it. */
import { Failure } from "../protocol/failure.ts";
import { DRAIN_PHASES, type DrainPhase, type DrainReport } from "./node.ts";
import type { Logger } from "./observe/logger.ts";
import type { Clock } from "./ports/clock.ts";

/** Longest time for each phase, in milliseconds. */
export const DRAIN_MS: Readonly<Record<DrainPhase, number>> = {
  "stop-accepting": 2_000,
  "finish-mailboxes": 10_000,
  "ack-or-nak": 5_000,
  "release-leases": 3_000,
  close: 5_000,
};

const MOST_STEPS = 4_096;

export type DrainStep = (options: { deadline: number }) => Promise<void>;

interface Named {
  name: string;
  run: DrainStep;
}

export class DrainPlan {
  private readonly steps = new Map<DrainPhase, Named[]>();
  private readonly last = new Map<DrainPhase, Named[]>();

  /** `last` steps of a phase begin when its others have ended. */
  add(phase: DrainPhase, name: string, run: DrainStep, options: { last?: boolean } = {}): void {
    const into = options.last === true ? this.last : this.steps;
    if ((into.get(phase)?.length ?? 0) >= MOST_STEPS) {
      throw new Failure("conflict", "too many drain steps: is one added again and again?", {
        meta: { phase, name },
      });
    }
    into.set(phase, [...(into.get(phase) ?? []), { name, run }]);
  }

  /** Runs every phase, also after one that failed or ran out of time. Never rejects. */
  async run(options: {
    clock: Clock;
    log: Logger;
    phaseMs: Readonly<Record<DrainPhase, number>>;
  }): Promise<DrainReport> {
    const phases: DrainReport["phases"] = [];
    for (const phase of DRAIN_PHASES) {
      const outcome = await this.runPhase(phase, options.clock, options.phaseMs[phase]);
      options.log[outcome.errors.length > 0 ? "warn" : "debug"]("drain phase ended", { ...outcome });
      phases.push(outcome);
    }
    return { clean: phases.every((each) => !each.timedOut && each.errors.length === 0), phases };
  }

  private async runPhase(
    phase: DrainPhase,
    clock: Clock,
    limitMs: number,
  ): Promise<DrainReport["phases"][number]> {
    const begun = clock.monotonic();
    const deadline = clock.now() + limitMs;
    const errors: string[] = [];
    const unfinished = new Set<string>();
    const together = (steps: readonly Named[]): Promise<unknown> =>
      Promise.all(
        steps.map(async ({ name, run }) => {
          unfinished.add(name);
          try {
            await run({ deadline });
          } catch (thrown) {
            errors.push(`${name}: ${Failure.from(thrown).toLine()}`);
          }
          unfinished.delete(name);
        }),
      );
    const { promise: outOfTime, resolve } = Promise.withResolvers<true>();
    const timer = clock.after(limitMs, () => resolve(true));
    const work = together(this.steps.get(phase) ?? [])
      .then(() => together(this.last.get(phase) ?? []))
      .then(() => false as const);
    const timedOut = await Promise.race([work, outOfTime]);
    timer.cancel();
    for (const name of unfinished) errors.push(`${name}: not done within ${limitMs} ms`);
    return { phase, ms: clock.monotonic() - begun, timedOut, errors };
  }
}
