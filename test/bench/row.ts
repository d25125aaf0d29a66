/** One measured figure, what it is measured against, and whether it holds. */
export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  /** The same work without us, in the same run; null where there is none. */
  floor: number | null;
  /** value / floor. */
  ratio: number | null;
  /** For people, e.g. `≤ 1.2 × raw`. */
  goal: string;
  holds: boolean;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Milliseconds that some work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** A row of milliseconds with a bound of its own. */
export const atMost = (name: string, value: number, most: number): BenchRow => ({
  name,
  value,
  unit: "ms",
  floor: null,
  ratio: null,
  goal: `≤ ${most} ms`,
  holds: value <= most,
});
