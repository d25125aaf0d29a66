/** Consensus: for each uid the weight that validators with a kappa share of the stake reach. */
import { normalise, sum } from "./fixed-point.ts";
import { rowsOf, type Sparse } from "./sparse.ts";

/**
 * Stake-weighted median of each column over the rows with stake (`weighted_median_col_sparse`); a row without an entry
 * for a column says 0.
 */
export function consensusOf(stake: Float64Array, weights: Sparse, n: number, kappa: number): Float64Array {
  const voters = [...stake.keys()].filter((uid) => stake[uid]! > 0 && uid < rowsOf(weights));
  const power = normalise(Float64Array.from(voters, (uid) => stake[uid]!));
  const total = sum(power);
  const scores = new Float64Array(n * voters.length);
  for (const [k, uid] of voters.entries())
    for (let at = weights.starts[uid]!; at < weights.starts[uid + 1]!; at++)
      scores[weights.columns[at]! * voters.length + k] = weights.values[at]!;
  const consensus = new Float64Array(n);
  for (let column = 0; column < n; column++) {
    const own = scores.subarray(column * voters.length, (column + 1) * voters.length);
    consensus[column] = weightedMedian(power, own, total - kappa, total);
  }
  return consensus;
}

/**
 * The score at which the stake below it passes `minority`. Quick select around the middle element, as the chain does:
 * the pivots decide nothing but how fast it ends. 0 for nobody.
 */
export function weightedMedian(
  stake: Float64Array,
  score: Float64Array,
  minority: number,
  total: number,
): number {
  let part = [...score.keys()];
  let low = 0;
  let high = total;
  while (part.length > 1) {
    const pivot = score[part[Math.floor(part.length / 2)]!]!;
    const lower: number[] = [];
    const upper: number[] = [];
    let lowerStake = 0;
    let upperStake = 0;
    for (const index of part) {
      if (score[index]! < pivot) {
        lowerStake += stake[index]!;
        lower.push(index);
      } else if (score[index]! > pivot) {
        upperStake += stake[index]!;
        upper.push(index);
      }
    }
    if (minority < low + lowerStake && lower.length > 0) {
      part = lower;
      high = low + lowerStake;
    } else if (high - upperStake <= minority && upper.length > 0) {
      part = upper;
      low = high - upperStake;
    } else return pivot;
  }
  return part.length === 0 ? 0 : score[part[0]!]!;
}
