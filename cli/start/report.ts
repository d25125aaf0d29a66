/** What `npm start` prints of a round: a table for people, one object for machines. */
import type { Standing } from "../../protocol/standing.ts";
import { table } from "../terminal/table.ts";
import type { RoundResult } from "./watch.ts";

export interface MinerResult {
  miner: string;
  accuracy: number;
  reward: number;
  outcomes: Standing["outcomes"];
  /** Share of the weights, 0 to 1. */
  weight: number;
}

const rounded = (value: number): number => Number(value.toFixed(6));

/** Every miner of `names`, in standing order; those without a standing last, with nothing. */
export function minerResults(result: RoundResult, names: ReadonlyMap<number, string>): MinerResult[] {
  const total = result.vector?.values.reduce((sum, value) => sum + value, 0) ?? 0;
  const weightOf = (uid: number): number => {
    const value = result.vector?.values[result.vector.uids.indexOf(uid)];
    return value === undefined || total === 0 ? 0 : rounded(value / total);
  };
  const known = result.standings.map((standing) => ({
    miner: names.get(standing.uid) ?? `uid ${standing.uid}`,
    accuracy: rounded(standing.accuracy),
    reward: rounded(standing.reward),
    outcomes: standing.outcomes,
    weight: weightOf(standing.uid),
  }));
  const unknown = [...names]
    .filter(([uid]) => !result.standings.some((standing) => standing.uid === uid))
    .map(([uid, miner]) => ({ miner, accuracy: 0, reward: 0, outcomes: {}, weight: weightOf(uid) }));
  return [...known, ...unknown];
}

export function resultTable(rows: readonly MinerResult[]): string {
  return table<MinerResult>(
    [
      { name: "miner", cell: ({ miner }) => miner },
      { name: "accuracy", align: "right", cell: ({ accuracy }) => `${(accuracy * 100).toFixed(1)} %` },
      { name: "reward", align: "right", cell: ({ reward }) => reward.toFixed(3) },
      {
        name: "outcomes",
        cell: ({ outcomes }) =>
          Object.entries(outcomes)
            .map(([name, count]) => `${count} ${name}`)
            .join(", ") || "none",
      },
      { name: "weight", align: "right", cell: ({ weight }) => `${(weight * 100).toFixed(1)} %` },
    ],
    rows,
  );
}
