/** The word that somebody probably meant. */

/** At most a third of its letters differ. */
const SHARE = 3;

/** The candidate that takes the fewest changes; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const known = candidates.map((candidate) => ({ candidate, changes: distance(word, candidate) }));
  const [best] = known.sort((a, b) => a.changes - b.changes);
  return best !== undefined && best.changes * SHARE <= best.candidate.length ? best.candidate : undefined;
}

/** Letters added, left out, changed or swapped with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  let [before, row]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const changed = Math.min(row![j]! + 1, next[j - 1]! + 1, row![j - 1]! + same);
      next.push(swapped ? Math.min(changed, before![j - 2]! + 1) : changed);
    }
    [before, row] = [row, next];
  }
  return row![b.length]!;
}
