/**
 * How much of a stream may be on its way: at most 128 chunks, and no further chunk once 384 KiB are, but always two. The reader
 * grants chunks; how large they are only the producer knows before they are sent, so that the bytes are its own to count.
 */
export const WINDOW = 128;
export const WINDOW_BYTES = 384 * 1024;
export const LEAST_CHUNKS = 2;
/**
 * How bytes without boundaries are cut. A NATS server reads 64 KiB at once and copies what such a read cuts in two into memory
 * of its own: of messages this small it is a fourth, and it spends half the processor time per byte of messages of 64 KiB.
 */
export const PIECE_BYTES = 16 * 1024;

const ALONE_BYTES = WINDOW * PIECE_BYTES;
const SHARED_BYTES = 2 * ALONE_BYTES;

/**
 * Bytes on their way of one stream of bytes, where a node sends so many. One alone keeps both ends and the server at work with
 * 2 MiB, a third faster than with 384 KiB; many do so together, and each costs memory at both ends for as long as it flows.
 */
export const windowOfBytes = (streams: number): number =>
  Math.max(WINDOW_BYTES, Math.min(ALONE_BYTES, SHARED_BYTES / streams));

/** What a reader keeps at most of what it has not read. */
export const keptAtMost = (chunkBytes: number): number => ALONE_BYTES + LEAST_CHUNKS * chunkBytes;
