/** Who counts as active: whoever set weights, or committed to some, lately enough. */

/** Blocks, from the stored `ActivityCutoffFactorMilli` (thousandths of a tempo, 13,889 by default) and tempo; at least 1. */
export const activityCutoff = (factorMilli: number, tempo: number): number =>
  Math.max(1, Math.floor((factorMilli * tempo) / 1_000));

/** Per entry of `lastUpdate`: still active in the block `cutoff` blocks later, no more in the next. */
export const activeUids = (lastUpdate: readonly number[], cutoff: number, block: number): boolean[] =>
  lastUpdate.map((updated) => updated + cutoff >= block);
