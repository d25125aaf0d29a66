/** What prefill has read into a state, from its beginning, and how much of it another prompt may go on from. */
export interface Reading {
  /** Whose it is: only prompts of the same space may go on from it. Undefined: nobody's. */
  space: string | undefined;
  tokens: Uint32Array;
  /** Orders readings by their last use. */
  usedAt: number;
}

/** Tokens that both begin with. */
export function commonTokens(one: Uint32Array, other: Uint32Array): number {
  const most = Math.min(one.length, other.length);
  let same = 0;
  while (same < most && one[same] === other[same]) same++;
  return same;
}

export interface Borders {
  /** Steps of prefill end where whole chunks from the beginning end. */
  chunkTokens: number;
  /** A token has the same bits with whatever others it is read, if only it is not read alone. */
  split: boolean;
}

/**
 * Of so many common tokens, those that a prompt can go on from so that its answer has the very bits that it has when all is
 * read: whole chunks, or all where a chunk may be split. At least one token is left to be read.
 */
export function reusable(common: number, prompt: number, { chunkTokens, split }: Borders): number {
  const same = Math.min(common, prompt - 1);
  const border = same - (same % chunkTokens);
  if (!split || same <= border) return border;
  // The rest of the chunk that it stands in.
  const end = Math.min(prompt, border + chunkTokens);
  return Math.min(same, end - 2);
}

/** Of so many tokens read in steps of chunks, those that others may go on from: one that was read alone has bits of its own. */
export function keepable(read: number, { chunkTokens, split }: Borders): number {
  const rest = read % chunkTokens;
  return split && rest > 1 ? read : read - rest;
}
