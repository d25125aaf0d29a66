/**
 * What comes out of the channel that a case answers on. A submission may write to it as well, so only what follows the
 * case's secret counts, and the first byte is written before any of the submission is loaded.
 */

/** Written by the interpreter once it runs; see host-python.ts. */
const STARTED = "+".charCodeAt(0);
/** Digits of the length that stands before an answer. */
const LENGTH = 16;

/** Bytes that are no answer but come with one. */
export const ANSWER_SPARE = 64 + LENGTH;

export class AnswerChannel {
  #nonce: Buffer | undefined;
  #bytes = Buffer.alloc(0);
  #size = 0;
  #searched = 0;
  #answer: Buffer | undefined;

  /** The secret of the case that begins now. */
  expect(nonce: string): void {
    this.#nonce = Buffer.from(nonce);
  }

  push(chunk: Uint8Array): void {
    if (this.#answer !== undefined) return;
    if (this.#size + chunk.length > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(4_096, 2 * (this.#size + chunk.length)));
      this.#bytes.copy(grown, 0, 0, this.#size);
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#size);
    this.#size += chunk.length;
    if (this.#nonce !== undefined) this.#answer = this.#find(this.#nonce);
  }

  /** Whether the interpreter ran at all: without this, what ended was ours. */
  get started(): boolean {
    return this.#size > 0 && this.#bytes[0] === STARTED;
  }

  /** The answer, once it is there in the length that it tells. */
  get answer(): Buffer | undefined {
    return this.#answer;
  }

  #find(nonce: Buffer): Buffer | undefined {
    const got = this.#bytes.subarray(0, this.#size);
    const at = got.indexOf(nonce, this.#searched);
    if (at < 0) {
      this.#searched = Math.max(0, this.#size - nonce.length); // its beginning may be there already
      return undefined;
    }
    this.#searched = at;
    const start = at + nonce.length + LENGTH;
    if (this.#size < start) return undefined;
    const told = got.toString("latin1", start - LENGTH, start);
    const size = /^\d+$/.test(told) ? Number(told) : 0;
    return this.#size < start + size ? undefined : Buffer.from(got.subarray(start, start + size));
  }
}
