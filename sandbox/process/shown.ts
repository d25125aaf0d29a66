/** The beginning of an output stream, which is what is shown of it. */
const MOST_BYTES = 131_072;

export class Shown {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  push(chunk: Uint8Array): void {
    const room = MOST_BYTES - this.#size;
    if (room <= 0) return;
    this.#chunks.push(chunk.length > room ? chunk.slice(0, room) : chunk);
    this.#size += Math.min(chunk.length, room);
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  text(): string {
    return new TextDecoder().decode(this.bytes()).trim();
  }
}
