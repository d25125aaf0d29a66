/**
 * What has been read before need not be read again. A prompt is a chain of blocks; each link is the hash of the block and of
 * all before it, so that equal links mean equal prefixes (vLLM's automatic prefix caching). Values are found by the longest
 * known prefix and leave by least recent use.
 */
export interface PrefixCacheOptions {
  /** Entries, and bytes of their values. */
  entries: number;
  bytes: number;
}

interface Entry<T> {
  readonly value: T;
  readonly bytes: number;
}

export class PrefixCache<T> {
  readonly #options: PrefixCacheOptions;
  /** In the order of use, the latest last. */
  readonly #entries = new Map<string, Entry<T>>();
  #bytes = 0;
  #queries = 0;
  #hits = 0;

  constructor(options: PrefixCacheOptions) {
    this.#options = options;
  }

  get stats(): { entries: number; bytes: number; queries: number; hits: number } {
    return { entries: this.#entries.size, bytes: this.#bytes, queries: this.#queries, hits: this.#hits };
  }

  /** The value of the longest prefix that is known, and how many links it covers. */
  longest(chain: readonly string[]): { links: number; value: T } | undefined {
    this.#queries++;
    for (let links = chain.length; links > 0; links--) {
      const key = chain[links - 1]!;
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      this.#hits++;
      this.#entries.delete(key);
      this.#entries.set(key, entry);
      return { links, value: entry.value };
    }
    return undefined;
  }

  /** A value larger than the cache is not kept. */
  put(link: string, value: T, bytes: number): void {
    this.delete(link);
    if (bytes > this.#options.bytes) return;
    this.#entries.set(link, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#options.entries && this.#bytes <= this.#options.bytes) break;
      this.delete(oldest);
    }
  }

  delete(link: string): void {
    const entry = this.#entries.get(link);
    if (entry === undefined) return;
    this.#entries.delete(link);
    this.#bytes -= entry.bytes;
  }
}

/** Tokens of one block. */
export const BLOCK_TOKENS = 256;

/** One link for each whole block of tokens; a rest is no block. `model` keeps the chains of different weights apart. */
export function tokenChain(model: string, tokens: Uint32Array): string[] {
  const bytes = new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength);
  const size = BLOCK_TOKENS * Uint32Array.BYTES_PER_ELEMENT;
  const blocks: Uint8Array[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) blocks.push(bytes.subarray(at, at + size));
  return chain(model, blocks);
}

/** One link for each blob of a context: their digests stand for what is in them, so that nothing is read. */
export const contextChain = (
  model: string,
  context: readonly { sha256: string; mediaType?: string | undefined }[],
): string[] =>
  chain(
    model,
    context.map(({ sha256, mediaType }) => `${sha256} ${mediaType ?? ""}`),
  );

function chain(model: string, blocks: readonly (string | Uint8Array)[]): string[] {
  let before = sha256(model);
  return blocks.map((block) => (before = sha256(before, block)));
}

const sha256 = (...parts: (string | Uint8Array)[]): string => {
  const hash = new Bun.CryptoHasher("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};
