/** Typed reads over cells, whichever block they are read at. */
import { decodeFront } from "../../scale/decode.ts";
import { fromHex, type Hex } from "../../scale/hex.ts";
import { hashWidth } from "../../scale/storage-key.ts";
import type { KeyPart, StorageItem } from "../declare/storage.ts";
import { decode, type Immutable } from "../declare/type.ts";
import type { Cell } from "./cell.ts";
import type { Cells } from "./cells.ts";
import type { ReadState } from "./read-state.ts";

export abstract class Reader implements ReadState {
  protected abstract readonly cells: Cells;
  /** What the cell holds at the block that is read. */
  protected abstract bytesOf(cell: Cell): Uint8Array | undefined;

  get<K extends readonly unknown[], V, M extends V | undefined>(
    item: StorageItem<K, V, M>,
    ...keys: K
  ): Immutable<V | M> {
    const cell = this.cells.find(item.key(...keys));
    const value = cell === undefined ? undefined : this.valueOf(item, cell);
    return (value === undefined ? item.fallback : value) as Immutable<V | M>;
  }

  has<K extends readonly unknown[], V, M extends V | undefined>(
    item: StorageItem<K, V, M>,
    ...keys: K
  ): boolean {
    return this.raw(item.key(...keys)) !== undefined;
  }

  entries<K extends readonly unknown[], V, M extends V | undefined>(
    item: StorageItem<K, V, M>,
    ...first: Partial<K>
  ): { keys: K; value: Immutable<V> }[] {
    const found: { keys: K; value: Immutable<V> }[] = [];
    for (const cell of this.cells.within(item.key(...first))) {
      const value = this.valueOf(item, cell);
      if (value === undefined) continue;
      cell.keys ??= keysIn(item.parts, cell.key.slice(item.prefix.length));
      found.push({ keys: cell.keys as K, value });
    }
    return found;
  }

  raw(key: Hex): Uint8Array | undefined {
    const cell = this.cells.find(key);
    return cell === undefined ? undefined : this.bytesOf(cell);
  }

  rawKeys(prefix: Hex, { count, startKey }: { count: number; startKey?: Hex | undefined }): Hex[] {
    const keys: Hex[] = [];
    if (count <= 0) return keys;
    for (const cell of this.cells.within(prefix, startKey)) {
      if (this.bytesOf(cell) === undefined) continue;
      keys.push(cell.key);
      if (keys.length >= count) break;
    }
    return keys;
  }

  protected valueOf<K extends readonly unknown[], V, M extends V | undefined>(
    item: StorageItem<K, V, M>,
    cell: Cell,
  ): Immutable<V> | undefined {
    const bytes = this.bytesOf(cell);
    if (bytes === undefined) return undefined;
    // The same array is the same value: what is decoded for the head serves the blocks before it, too.
    if (cell.decodedFrom !== bytes) {
      const value = decode(item.value, bytes);
      if (bytes !== cell.bytes) return value as Immutable<V>;
      cell.decoded = value;
      cell.decodedFrom = bytes;
    }
    return cell.decoded as Immutable<V>;
  }
}

/** The keys of an entry, from what follows the item's prefix. */
function keysIn(parts: readonly KeyPart[], digits: string): unknown[] {
  let rest = fromHex(digits);
  return parts.map(({ hasher, type }) => {
    const front = decodeFront(type.codec, rest.slice(hashWidth(hasher)));
    rest = front.rest;
    return front.value;
  });
}
