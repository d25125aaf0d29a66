/** Collects what a child writes, up to a limit; what lies beyond is not kept. */

export interface Capture {
  /** Resolves at the end of the stream, at the limit, or when stopped. Never rejects. */
  readonly done: Promise<void>;
  readonly overflow: boolean;
  bytes(): Uint8Array;
  stop(): void;
}

export function capture(
  stream: ReadableStream<Uint8Array>,
  options: { limit: number; onOverflow: () => void },
): Capture {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let overflow = false;
  const stop = () => void reader.cancel().catch(() => {});

  const read = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const room = options.limit - size;
      chunks.push(value.byteLength > room ? value.slice(0, room) : value);
      size += Math.min(value.byteLength, room);
      if (value.byteLength > room) {
        overflow = true;
        options.onOverflow();
        return stop();
      }
    }
  };
  return {
    // A pipe that breaks ends like one that closes: what arrived is what there is.
    done: read().catch(() => {}),
    get overflow() {
      return overflow;
    },
    bytes: () => Buffer.concat(chunks, size),
    stop,
  };
}
