/** The usual `rank` of a mechanism: a moving average of each round's mean reward. */
import { isJudged } from "./outcome.ts";
import type { Standing } from "./standing.ts";
import type { RoundScores } from "./subnet.ts";

/** Rounding keeps a mean of many terms within its range. */
const unit = (value: number): number => Math.min(1, Math.max(0, value));

/**
 * The standing after a round. reward = alpha x (mean reward of the round) + (1 - alpha) x old; the first judged round
 * seeds the average. accuracy is the mean over all judged jobs so far. A round without judged jobs changes only the counts.
 */
export function movingAverage(
  previous: Standing,
  round: RoundScores,
  { alpha }: { alpha: number },
): Standing {
  const outcomes = { ...previous.outcomes };
  for (const { outcome } of round.scores) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  // Sums of fractions depend on their order: the task's name decides it, never the arrival.
  const judged = round.scores
    .filter(({ outcome }) => isJudged(outcome))
    .sort((a, b) => (a.task < b.task ? -1 : a.task > b.task ? 1 : 0));
  if (judged.length === 0) return { ...previous, outcomes };
  const total = (of: "accuracy" | "reward") => judged.reduce((sum, score) => sum + score[of], 0);
  const jobs = previous.jobs + judged.length;
  const reward = total("reward") / judged.length;
  return {
    ...previous,
    rounds: previous.rounds + 1,
    jobs,
    outcomes,
    accuracy: unit((previous.accuracy * previous.jobs + total("accuracy")) / jobs),
    reward: unit(previous.rounds === 0 ? reward : alpha * reward + (1 - alpha) * previous.reward),
  };
}
