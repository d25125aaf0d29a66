/** Weight sets from decision to the chain's answer, newest first, and every miner's share of the last that was set. */
import type { LedgerEvent } from "../../ledger/ledger.ts";
import { cutText } from "../../protocol/cut-text.ts";
import {
  MAX_HISTORY_SHOWN,
  MAX_JOURNEY_SHOWN,
  SHOWN_SHARES,
  type WeightsView,
} from "../../protocol/views.ts";
import type { WeightVector } from "../../protocol/weights.ts";
import { bodyOf } from "../records.ts";

const STEPS = { set: "sent to be set", commit: "sent as a commit", reveal: "revealed" } as const;

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

  function change(epoch: number, to: Partial<WeightsView> & Pick<WeightsView, "round" | "at">, what: string) {
    let known = kept.find((candidate) => candidate.epoch === epoch);
    if (known === undefined) {
      known = {
        epoch,
        state: "decided",
        reason: null,
        block: null,
        method: null,
        journey: [],
        miners: 0,
        shares: [],
        ...to,
      };
      kept.push(known);
      kept = kept.sort((a, b) => b.epoch - a.epoch).slice(0, limit);
    } else Object.assign(known, to);
    known.journey = [...known.journey, { at: to.at, what }].slice(-MAX_JOURNEY_SHOWN);
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
        const shown = [...shares]
          .map(([uid, share]) => ({ uid, share }))
          .sort((a, b) => b.share - a.share || a.uid - b.uid)
          .slice(0, SHOWN_SHARES);
        const { epoch, round } = decided;
        change(epoch, { state: "decided", round, at, miners: shares.size, shares: shown }, "decided");
      }
      const sent = bodyOf(event, "weights.sent");
      if (sent !== undefined) {
        const { epoch, round, method, step, attempt } = sent;
        const what = `${STEPS[step]}, attempt ${attempt}: ${sent.why}`;
        // A reveal follows a commit that the chain has: it stays committed.
        change(epoch, { round, at, method, ...(step === "reveal" ? {} : { state: "sent" }) }, what);
      }
      const failed = bodyOf(event, "weights.failed");
      if (failed !== undefined) {
        const { epoch, round, attempt, reason } = failed;
        change(epoch, { round, at, reason }, `attempt ${attempt} came to nothing: ${reason}`);
      }
      const committed = bodyOf(event, "weights.committed");
      if (committed !== undefined) {
        const { epoch, round, block, method, revealedIn } = committed;
        const what = `committed at block ${block}, to be known in the subnet's epoch ${revealedIn}`;
        change(epoch, { state: "committed", round, at, block, method, reason: null }, what);
      }
      const set = bodyOf(event, "weights.set");
      if (set !== undefined) {
        const { epoch, round, block, method, moved = [] } = set;
        const strangers = moved.length === 0 ? "" : `; uids ${moved.join(", ")} had changed hands`;
        change(
          epoch,
          { state: "set", round, at, block, reason: null, ...(method === undefined ? {} : { method }) },
          cutText(`read back from block ${block}${strangers}`, 1_200),
        );
        const vector = pending.get(epoch);
        if (vector !== undefined && epoch > currentEpoch) {
          current = new Map(vector);
          currentEpoch = epoch;
        }
        pending.delete(epoch);
      }
      const refused = bodyOf(event, "weights.refused");
      if (refused !== undefined) {
        const { epoch, round, reason } = refused;
        change(epoch, { state: "refused", round, at, reason }, `left without weights: ${reason}`);
        pending.delete(epoch);
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
