/** Reading typed state: the head's, or that of a block before. */
import type { Hex } from "../../scale/hex.ts";
import type { StorageItem } from "../declare/storage.ts";
import type { Immutable } from "../declare/type.ts";

export interface ReadState {
  /** The value, or the item's fallback; undefined for an optional item without one. Never changed in place: see `mutate`. */
  get<K extends readonly unknown[], V, M extends V | undefined>(
    item: StorageItem<K, V, M>,
    ...keys: K
  ): Immutable<V | M>;
  /** Whether a value is stored, be it equal to the fallback. */
  has<K extends readonly unknown[], V, M extends V | undefined>(
    item: StorageItem<K, V, M>,
    ...keys: K
  ): boolean;
  /** Entries in key order, those of the given first keys only. `keys` are all keys of the entry. */
  entries<K extends readonly unknown[], V, M extends V | undefined>(
    item: StorageItem<K, V, M>,
    ...first: Partial<K>
  ): { keys: K; value: Immutable<V> }[];
  /** The bytes under a raw key. */
  raw(key: Hex): Uint8Array | undefined;
  /** Raw keys with a prefix, in order, after `startKey`. */
  rawKeys(prefix: Hex, options: { count: number; startKey?: Hex | undefined }): Hex[];
}
