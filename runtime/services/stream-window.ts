/** How much of a stream may be on its way: at most 2 MiB and `MAX_WINDOW` chunks, at least two chunks. */
const WINDOW_BYTES = 2 * 1024 * 1024;
export const MAX_WINDOW = 64;

/** Chunks that a reader grants ahead, when each may be `maxBytes` long. */
export const windowOf = (maxBytes: number): number =>
  Math.max(2, Math.min(MAX_WINDOW, Math.floor(WINDOW_BYTES / maxBytes)));
