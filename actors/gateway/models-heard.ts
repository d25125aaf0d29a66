/** Model actors by what they say of themselves, and how many tokens each of them gave lately. */

import { RECENT_STEP_MS, RECENT_STEPS } from "../../protocol/recent-steps.ts";
import type { ModelReport } from "../../protocol/services/model.ts";
import { MAX_MODELS_SHOWN, type ModelView } from "../../protocol/views.ts";
import type { Clock } from "../../runtime/ports/index.ts";

/** A report comes every second; one that fell silent stays for a while, so that its silence is seen. */
const SILENT_SHOWN_MS = 5 * 60_000;

export interface ModelsHeard {
  hear(report: ModelReport): void;
  /** By model, and then by actor. */
  views(): ModelView[];
}

interface Heard {
  report: ModelReport;
  heardAt: number;
  /** Tokens given in each step, by its number; older ones are forgotten. */
  steps: Map<number, number>;
}

const stepOf = (at: number): number => Math.floor(at / RECENT_STEP_MS);

export function createModelsHeard(clock: Pick<Clock, "now">, limit = MAX_MODELS_SHOWN): ModelsHeard {
  /** In order of their last report. */
  const actors = new Map<string, Heard>();

  function given(report: ModelReport, before: Heard | undefined): number {
    const now = report.work?.completionTokens ?? 0;
    // What it gave before it was heard of, nobody knows when; and one that was started again counts anew.
    if (before === undefined) return 0;
    const then = before.report.work?.completionTokens ?? 0;
    return now < then ? now : now - then;
  }

  return {
    hear(report) {
      const before = actors.get(report.actor);
      const heardAt = clock.now();
      const steps = before?.steps ?? new Map<number, number>();
      const step = stepOf(heardAt);
      steps.set(step, (steps.get(step) ?? 0) + given(report, before));
      for (const old of steps.keys()) if (old <= step - RECENT_STEPS) steps.delete(old);
      actors.delete(report.actor);
      actors.set(report.actor, { report, heardAt, steps });
      const [longestSilent] = actors.keys();
      if (actors.size > limit && longestSilent !== undefined) actors.delete(longestSilent);
    },
    views() {
      const now = clock.now();
      for (const [actor, { heardAt }] of actors) if (now - heardAt > SILENT_SHOWN_MS) actors.delete(actor);
      const order = ({ card, actor }: ModelView): string => `${card.id} ${actor}`;
      return [...actors.values()]
        .map((heard) => viewOf(heard, stepOf(now)))
        .sort((a, b) => (order(a) < order(b) ? -1 : 1));
    },
  };
}

/** The step that is not over would look like a drop: it is left out. */
function viewOf({ report, heardAt, steps }: Heard, step: number): ModelView {
  const { at: _, work = null, ...rest } = report;
  const recent = Array.from({ length: RECENT_STEPS - 1 }, (_, index) => {
    const tokens = steps.get(step - RECENT_STEPS + 1 + index) ?? 0;
    return Math.round((tokens * 10_000) / RECENT_STEP_MS) / 10;
  });
  return { ...rest, work, recent, heardAt };
}
