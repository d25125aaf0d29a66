/**
 * How much of a stream may be on its way: at most 384 KiB and `MAX_WINDOW` chunks, at least two chunks. More is no
 * faster between machines near each other (measured up to 2 MiB), and costs each end several times as much memory.
 */
const WINDOW_BYTES = 384 * 1024;
export const MAX_WINDOW = 64;

/** Chunks that a reader grants ahead, when each may be `maxBytes` long. */
export const windowOf = (maxBytes: number): number =>
  Math.max(2, Math.min(MAX_WINDOW, Math.floor(WINDOW_BYTES / maxBytes)));
