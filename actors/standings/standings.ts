/** Standings as a fold of the ledger: the mechanism ranks each miner once a round, in uid and task order. */

import type { Projection } from "../../ledger/ledger.ts";
import { digest } from "../../protocol/canonical.ts";
import type { Json } from "../../protocol/ids.ts";
import type { Standing } from "../../protocol/standing.ts";
import type { RoundScores } from "../../protocol/subnet.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { bodyOf } from "../records.ts";

type MinerRound = {
  hotkey: string;
  absent: boolean;
  scores: (RoundScores["scores"][number] & { submission: string })[];
};

export type Standings = {
  /** The round last folded in, null before the first. */
  round: number | null;
  /** By uid. */
  miners: { [uid: string]: Standing };
  /** Scores of the round that is open, by uid: not yet part of any standing. */
  open: { round: number; miners: { [uid: string]: MinerRound } } | null;
} & { [key: string]: Json };

const TYPES = ["round.opened", "miner.absent", "job.concluded", "round.closed"] as const;

/** Named and versioned by all that the fold depends on: a changed rule or parameter folds anew from the first event. */
export function standingsProjection({ definition, params }: LoadedSubnet): Projection<Standings> {
  return {
    name: `standings/${definition.name}/${digest(params).slice(0, 16)}`,
    version: definition.version,
    types: TYPES,
    initial: { round: null, miners: {}, open: null },
    fold(state, event) {
      if (event.subnet !== definition.name) return state;
      const opened = bodyOf(event, "round.opened");
      if (opened !== undefined) {
        const miners: { [uid: string]: MinerRound } = {};
        for (const { uid, hotkey } of opened.miners) miners[uid] = { hotkey, absent: false, scores: [] };
        state.open = { round: opened.round, miners };
        return state;
      }
      const absent = bodyOf(event, "miner.absent");
      const miner = absent && state.open?.round === absent.round ? state.open.miners[absent.uid] : undefined;
      if (miner !== undefined) miner.absent = true;

      const concluded = bodyOf(event, "job.concluded");
      if (concluded?.score && state.open?.round === concluded.key.round) {
        const { key, uid, kind, ...verdict } = concluded.score;
        state.open.miners[uid]?.scores.push({ ...verdict, task: key.task, kind, submission: key.submission });
      }
      const closed = bodyOf(event, "round.closed");
      if (closed === undefined || state.open?.round !== closed.round) return state;
      for (const [uid, round] of Object.entries(state.open.miners)) {
        // All of it failed for reasons that are not the miner's: its standing stays as it was.
        if (round.scores.length === 0 && !round.absent) continue;
        const before = state.miners[uid];
        const previous = before?.hotkey === round.hotkey ? before : newcomer(Number(uid), round.hotkey);
        const scores = round.scores
          .sort((a, b) => (a.task < b.task ? -1 : a.task > b.task ? 1 : a.submission < b.submission ? -1 : 1))
          .map(({ submission: _, ...score }) => score);
        state.miners[uid] = definition.rank(previous, { round: closed.round, scores }, params);
      }
      state.round = closed.round;
      state.open = null;
      return state;
    },
  };
}

/** A hotkey that just took its uid starts from nothing, whatever its predecessor had. */
const newcomer = (uid: number, hotkey: string): Standing => ({
  uid,
  hotkey,
  rounds: 0,
  jobs: 0,
  accuracy: 0,
  reward: 0,
  outcomes: {},
});

/** Standings in order: best first, then by uid. */
export const ranked = (standings: Standings): Standing[] =>
  Object.values(standings.miners).sort((a, b) => b.reward - a.reward || a.uid - b.uid);
