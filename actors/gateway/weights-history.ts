/** Weight sets from decision to the chain's answer, newest first, and every miner's share of the last that was set. */
import type { LedgerEvent } from "../../ledger/ledger.ts";
import { MAX_HISTORY_SHOWN, SHOWN_SHARES, type WeightsView } from "../../protocol/views.ts";
import type { WeightVector } from "../../protocol/weights.ts";
import { bodyOf } from "../records.ts";

/** Whole vectors are kept until the chain answered; a chain that never does costs no more than these. */
const MAX_PENDING = 8;

export interface WeightsHistory {
  apply(event: LedgerEvent): void;
  views(): WeightsView[];
  /** Share of the last weights set, 0 to 1. */
  share(uid: number): number;
  /** The uid is another hotkey's now: what was set for its predecessor is not its own. */
  forget(uid: number): void;
}

export function createWeightsHistory(limit = MAX_HISTORY_SHOWN): WeightsHistory {
  let kept: WeightsView[] = [];
  const pending = new Map<number, ReadonlyMap<number, number>>();
  let current = new Map<number, number>();
  let currentEpoch = -1;

  function change(epoch: number, to: Partial<WeightsView> & Pick<WeightsView, "state" | "round" | "at">) {
    const known = kept.find((candidate) => candidate.epoch === epoch);
    if (known !== undefined) return void Object.assign(known, to);
    kept.push({ epoch, reason: null, block: null, miners: 0, shares: [], ...to });
    kept = kept.sort((a, b) => b.epoch - a.epoch).slice(0, limit);
  }

  return {
    apply(event) {
      const { at } = event;
      const decided = bodyOf(event, "weights.decided");
      if (decided !== undefined) {
        const shares = sharesOf(decided.vector);
        pending.set(decided.epoch, shares);
        const [oldest] = pending.keys();
        if (pending.size > MAX_PENDING && oldest !== undefined) pending.delete(oldest);
        change(decided.epoch, {
          ...{ state: "decided", round: decided.round, at, miners: shares.size },
          shares: [...shares]
            .map(([uid, share]) => ({ uid, share }))
            .sort((a, b) => b.share - a.share || a.uid - b.uid)
            .slice(0, SHOWN_SHARES),
        });
      }
      const set = bodyOf(event, "weights.set");
      if (set !== undefined) {
        change(set.epoch, { state: "set", round: set.round, at, block: set.block, reason: null });
        const vector = pending.get(set.epoch);
        if (vector !== undefined && set.epoch > currentEpoch) {
          current = new Map(vector);
          currentEpoch = set.epoch;
        }
        pending.delete(set.epoch);
      }
      const refused = bodyOf(event, "weights.refused");
      if (refused !== undefined) {
        change(refused.epoch, { state: "refused", round: refused.round, at, reason: refused.reason });
        pending.delete(refused.epoch);
      }
    },
    views: () => kept.map((view) => ({ ...view })),
    share: (uid) => current.get(uid) ?? 0,
    forget: (uid) => void current.delete(uid),
  };
}

function sharesOf({ uids, values }: WeightVector): ReadonlyMap<number, number> {
  const sum = values.reduce((total, value) => total + value, 0);
  return new Map(uids.map((uid, at) => [uid, sum === 0 ? 0 : (values[at] ?? 0) / sum]));
}
