/** Which weights count in this epoch, and what is left of them above consensus. */
import type { EpochInput } from "./epoch-input.ts";
import { multiply, ONE } from "./fixed-point.ts";
import { mapValues, normaliseRows, rowsOf, type Sparse, sparseBuilder, sparseOf } from "./sparse.ts";

/** Weights of permitted validators toward others (the owner also toward itself) who registered before them; rows normalised. */
export function countedWeights(input: EpochInput, permits: readonly boolean[]): Sparse {
  const { n, ownerUid, lastUpdate, registeredAt, commitBlocks } = input;
  const counts = (from: number, to: number): boolean => {
    const registered = registeredAt[to] ?? 0;
    if (permits[from] !== true || (from === to && from !== ownerUid)) return false;
    if ((lastUpdate[from] ?? 0) <= registered) return false;
    return commitBlocks === undefined || (commitBlocks[from] ?? Number.POSITIVE_INFINITY) >= registered;
  };
  return normaliseRows(sparseOf(input.weights, n, counts));
}

/** Weights cut to consensus; those for which there is no consensus are gone. */
export function clipAt(weights: Sparse, consensus: Float64Array): Sparse {
  return filterMap(weights, (value, column) => {
    const limit = consensus[column]!;
    return value <= limit ? value : limit > 0 ? limit : undefined;
  });
}

/**
 * Weights as bonds see them: between the whole weight (penalty 0) and the clipped one (penalty 1).
 * In between rows come out sorted and without zeros, as the chain makes them.
 */
export function weightsForBonds(weights: Sparse, clipped: Sparse, penalty: number, n: number): Sparse {
  if (penalty === 0) return weights;
  if (penalty === ONE) return clipped;
  const built = sparseBuilder(n, weights.values.length);
  const whole = new Float64Array(n);
  const cut = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    scatter(weights, i, whole.fill(0));
    scatter(clipped, i, cut.fill(0));
    for (let j = 0; j < n; j++) {
      const value = whole[j]! + multiply(cut[j]! - whole[j]!, penalty);
      if (value > 0) built.push(j, value);
    }
    built.endRow();
  }
  return built.done();
}

export const timesRow = (matrix: Sparse, factor: Float64Array): Sparse =>
  mapValues(matrix, (value, row) => multiply(value, factor[row]!));

function scatter(matrix: Sparse, row: number, into: Float64Array): void {
  for (let at = matrix.starts[row]!; at < matrix.starts[row + 1]!; at++)
    into[matrix.columns[at]!] = matrix.values[at]!;
}

function filterMap(matrix: Sparse, change: (value: number, column: number) => number | undefined): Sparse {
  const built = sparseBuilder(rowsOf(matrix), matrix.values.length);
  for (let i = 0; i < rowsOf(matrix); i++) {
    for (let at = matrix.starts[i]!; at < matrix.starts[i + 1]!; at++) {
      const value = change(matrix.values[at]!, matrix.columns[at]!);
      if (value !== undefined) built.push(matrix.columns[at]!, value);
    }
    built.endRow();
  }
  return built.done();
}
