/** The usual `weigh` of a mechanism: who gets which share of a round's emission. */
import { z } from "zod";
import type { Metagraph } from "./metagraph.ts";
import type { Standing } from "./standing.ts";

/** By standing, all to the best, or 60/25/10/5 to the best four. */
export const Split = z.enum(["proportional", "winner-takes-all", "top4"]);
export type Split = z.infer<typeof Split>;

/** Shares of the best four (QUASAR's kernel league). */
const TOP_FOUR = [0.6, 0.25, 0.1, 0.05];

/**
 * Shares per uid that sum to 1, or nothing at all when nobody earned anything. Zero reward is zero weight; a miner without judged jobs,
 * or whose uid now belongs to another hotkey, gets none. Ties share their places equally, so that the order of uids decides nothing.
 */
export function sharesOf(input: {
  standings: readonly Standing[];
  metagraph: Metagraph;
  split: Split;
}): Map<number, number> {
  const holders = new Map(input.metagraph.neurons.map(({ uid, hotkey }) => [uid, hotkey]));
  const earning = input.standings
    .filter(({ uid, hotkey, jobs, reward }) => jobs > 0 && reward > 0 && holders.get(uid) === hotkey)
    // Uids only make the order of addition the same on every validator.
    .sort((a, b) => b.reward - a.reward || a.uid - b.uid);
  const shares =
    input.split === "proportional"
      ? earning.map(({ reward }) => reward)
      : places(earning, input.split === "top4" ? TOP_FOUR : [1]);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return new Map(
    earning
      .map(({ uid }, at) => [uid, (shares[at] as number) / total] as const)
      .filter(([, share]) => share > 0)
      .sort(([a], [b]) => a - b),
  );
}

/** A prize per place, best first; those who tie split the prizes of the places they hold. */
function places(ordered: readonly Standing[], prizes: readonly number[]): number[] {
  const groups = Map.groupBy(ordered.keys(), (at) => ordered[at]?.reward);
  return [...groups.values()].flatMap((group) => {
    const pot = group.reduce((sum, at) => sum + (prizes[at] ?? 0), 0);
    return group.map(() => pot / group.length);
  });
}
