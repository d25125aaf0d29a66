/** Compare-and-set state of a memory network. */
import { Failure } from "../../protocol/failure.ts";

type Entry = { value: Uint8Array; revision: number };
type Listener = (entry: Entry | undefined) => void;

const KEY = /^[A-Za-z0-9_=/-]+(\.[A-Za-z0-9_=/-]+)*$/;
const CAPACITY = 100_000;

export class MemoryKeyValue {
  readonly #entries = new Map<string, Entry>();
  readonly #watchers = new Map<string, Set<Listener>>();
  #revision: number;

  /** `revision` is that of the last write before: fencing tokens of a former network must not come again. */
  constructor(revision = 0) {
    this.#revision = revision;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(checkedKey(key));
  }

  create(key: string, value: Uint8Array): number {
    const found = this.get(key);
    if (found !== undefined) throw conflict(key, "the key exists already", { revision: found.revision });
    if (this.#entries.size >= CAPACITY) {
      throw new Failure("storage", "too many keys", { meta: { keys: this.#entries.size } });
    }
    return this.#put(key, value);
  }

  update(key: string, value: Uint8Array, revision: number): number {
    this.#checkRevision(key, revision);
    return this.#put(key, value);
  }

  delete(key: string, revision?: number): void {
    checkedKey(key);
    if (revision !== undefined) this.#checkRevision(key, revision);
    if (!this.#entries.delete(key)) return;
    this.#revision++;
    this.#notify(key, undefined);
  }

  keys(prefix: string): string[] {
    return [...this.#entries.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  watch(key: string, listener: Listener): () => void {
    const watchers = this.#watchers.get(checkedKey(key)) ?? new Set();
    this.#watchers.set(key, watchers.add(listener));
    listener(this.#entries.get(key));
    return () => {
      watchers.delete(listener);
      if (watchers.size === 0) this.#watchers.delete(key);
    };
  }

  #put(key: string, value: Uint8Array): number {
    const entry = { value: value.slice(), revision: ++this.#revision };
    this.#entries.set(key, entry);
    this.#notify(key, entry);
    return entry.revision;
  }

  #notify(key: string, entry: Entry | undefined): void {
    for (const listener of this.#watchers.get(key) ?? []) listener(entry);
  }

  #checkRevision(key: string, revision: number): void {
    const latest = this.get(key)?.revision ?? 0;
    if (latest !== revision) throw conflict(key, "the revision is not the latest", { latest, revision });
  }
}

function checkedKey(key: string): string {
  if (key.length <= 256 && KEY.test(key)) return key;
  throw new Failure("malformed", `${JSON.stringify(key.slice(0, 80))} is not a key`, {
    hint: "Use letters, digits, '_', '-', '=', '/' in tokens joined by dots.",
  });
}

const conflict = (key: string, message: string, meta: Record<string, number>) =>
  new Failure("conflict", message, { meta: { key, ...meta } });
