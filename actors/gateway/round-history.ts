/** The latest rounds with their progress, newest first, in whatever order the events of different rounds arrive. */
import type { LedgerEvent } from "../../ledger/ledger.ts";
import { MAX_HISTORY_SHOWN, type RoundView } from "../../protocol/views.ts";
import { bodyOf } from "../records.ts";

export interface RoundHistory {
  apply(event: LedgerEvent): void;
  views(): RoundView[];
}

interface Kept extends RoundView {
  tasksByKind: Map<string, number>;
}

export function createRoundHistory(limit = MAX_HISTORY_SHOWN): RoundHistory {
  let kept: Kept[] = [];
  const find = (round: number) => kept.find((candidate) => candidate.round === round);
  return {
    apply(event) {
      const opened = bodyOf(event, "round.opened");
      if (opened !== undefined && find(opened.round) === undefined) {
        const tasksByKind = new Map<string, number>();
        for (const { kind } of opened.tasks) tasksByKind.set(kind, (tasksByKind.get(kind) ?? 0) + 1);
        kept.push({
          round: opened.round,
          openedAt: event.at,
          closedAt: null,
          tasks: opened.tasks.length,
          miners: opened.miners.length,
          planned: opened.tasks.length * opened.miners.length,
          concluded: 0,
          outcomes: {},
          tasksByKind,
        });
        kept = kept.sort((a, b) => b.round - a.round).slice(0, limit);
      }
      const absent = bodyOf(event, "miner.absent");
      const missed = absent && find(absent.round);
      if (missed !== undefined) missed.planned -= missed.tasksByKind.get(absent?.kind ?? "") ?? 0;

      const job = bodyOf(event, "job.concluded");
      const worked = job && find(job.key.round);
      if (worked !== undefined) {
        // Every job has exactly one first attempt, so these count jobs without remembering them.
        if (job?.key.attempt === 1) worked.concluded++;
        if (job !== undefined) worked.outcomes[job.outcome] = (worked.outcomes[job.outcome] ?? 0) + 1;
      }
      const closed = bodyOf(event, "round.closed");
      const ended = closed && find(closed.round);
      if (ended !== undefined) ended.closedAt = event.at;
    },
    views: () =>
      kept.map(({ tasksByKind: _, ...view }) => ({
        ...view,
        planned: Math.max(view.planned, view.concluded),
        outcomes: { ...view.outcomes },
      })),
  };
}
