/**
 * Whether claims are those of the model. Two means over the checked positions, both in nats and small for the same weights
 * whatever engine computes:
 *
 * - deviation: how far the claimed log probability lies from the validator's. Other weights give other probabilities.
 * - regret: how much more probable the best token was than the one given. Who lets a cheap model answer and the right one
 *   only tell probabilities has no deviation, but gives tokens that the right model would not have chosen.
 *
 * Each difference is capped, so that one unlucky position cannot decide.
 */
import type { Checked } from "./claims.ts";

export interface Tolerance {
  /** Largest mean deviation and mean regret of an honest miner, in nats. */
  deviation: number;
  regret: number;
  /** Fewest claims it holds for: with fewer, honest and dishonest means overlap. Absent: no more than the default. */
  positions?: number;
}

export interface ModelVerdict {
  accepted: boolean;
  deviation: number;
  regret: number;
  /** Positions that were looked at: fewer make a weaker verdict. */
  positions: number;
}

const CAP = 1;

/** Of one claim. */
export const claimOf = ({ logprob, own, best }: Checked): Pick<ModelVerdict, "deviation" | "regret"> => ({
  deviation: Math.min(CAP, Math.abs(logprob - own)),
  regret: Math.min(CAP, Math.max(0, best - own)),
});

/** What is compared with a tolerance. */
export function meansOf(checked: readonly Checked[]): Pick<ModelVerdict, "deviation" | "regret"> {
  const claims = checked.map(claimOf);
  return {
    deviation: mean(claims.map(({ deviation }) => deviation)),
    regret: mean(claims.map(({ regret }) => regret)),
  };
}

export function verdictOf(checked: readonly Checked[], tolerance: Tolerance): ModelVerdict {
  const { deviation, regret } = meansOf(checked);
  const accepted = checked.length > 0 && deviation <= tolerance.deviation && regret <= tolerance.regret;
  return { accepted, deviation, regret, positions: checked.length };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
