/**
 * How much of a stream may be on its way: at most 64 chunks, and no further chunk once 384 KiB are, but always two. More is no
 * faster between machines near each other (measured up to 2 MiB), and costs each end several times as much memory. The reader
 * grants chunks; how large they are only the producer knows before they are sent, so that the bytes are its own to count.
 */
export const WINDOW = 64;
export const WINDOW_BYTES = 384 * 1024;
export const LEAST_CHUNKS = 2;
/**
 * How bytes without boundaries are cut. A NATS server reads 64 KiB at once and copies what such a read cuts in two into memory
 * of its own: of messages this small it is a fourth, and it spends half the processor time per byte of messages of 64 KiB.
 */
export const PIECE_BYTES = 16 * 1024;
