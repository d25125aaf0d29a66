/**
 * What has been read before need not be read again. A context is a chain of blobs; each link is the hash of the blob and of
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

  constructor(options: PrefixCacheOptions) {
    this.#options = options;
  }

  get stats(): { entries: number; bytes: number } {
    return { entries: this.#entries.size, bytes: this.#bytes };
  }

  /** The value of the longest prefix that is known, and how many links it covers. */
  longest(chain: readonly string[]): { links: number; value: T } | undefined {
    for (let links = chain.length; links > 0; links--) {
      const key = chain[links - 1]!;
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
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

/**
 * One link for each blob of a context: their digests stand for what is in them, so that nothing is read. `root` keeps apart
 * the chains of different weights, and of those who share nothing.
 */
export function contextChain(
  root: string,
  context: readonly { sha256: string; mediaType?: string | undefined }[],
): string[] {
  let before = sha256(root);
  return context.map((blob) => (before = sha256(`${before}${blob.sha256} ${blob.mediaType ?? ""}`)));
}

const sha256 = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");
