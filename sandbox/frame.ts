/**
 * Frames between a node and its isolates: four bytes of length (little-endian), then the body, mostly UTF-8 JSON.
 * Imports nothing, because the child that reads them starts anew for every submission.
 */

const HEADER = 4;

export const encodeFrame = (value: unknown): Uint8Array => frameOf(Buffer.from(JSON.stringify(value)));

export function frameOf(body: Buffer): Uint8Array {
  const frame = Buffer.allocUnsafe(HEADER + body.length);
  frame.writeUInt32LE(body.length);
  body.copy(frame, HEADER);
  return frame;
}

/** Puts chunks of a stream together into frames. A frame above the limit is refused before its body is read. */
export class FrameReader {
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #wanted: number | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Values completed by this chunk, in order. Throws `RangeError` when too large, `SyntaxError` when not JSON. */
  push(chunk: Uint8Array): unknown[] {
    return this.pushBytes(chunk).map((body) => JSON.parse(body.toString()));
  }

  /** The same for bodies that are no JSON. */
  pushBytes(chunk: Uint8Array): Buffer[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const frames: Buffer[] = [];
    for (;;) {
      if (this.#wanted === undefined) {
        if (this.#size < HEADER) return frames;
        this.#wanted = this.#take(HEADER).readUInt32LE();
        if (this.#wanted > this.#limit) {
          throw new RangeError(`a frame of ${this.#wanted} bytes is above the limit of ${this.#limit}`);
        }
      }
      if (this.#size < this.#wanted) return frames;
      frames.push(this.#take(this.#wanted));
      this.#wanted = undefined;
    }
  }

  #take(size: number): Buffer {
    const all = Buffer.concat(this.#chunks);
    const rest = all.subarray(size);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    return all.subarray(0, size);
  }
}
