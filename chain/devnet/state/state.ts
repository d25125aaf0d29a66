/**
 * The chain's state as real keys and bytes, with typed access on top. Changes are journalled: a layer is undone when its
 * work throws, and a sealed block leaves the values before it readable for `KEPT_BLOCKS` blocks.
 */
import { Failure } from "../../../protocol/failure.ts";
import { blake2b256 } from "../../scale/hash.ts";
import { type Hex, toHex } from "../../scale/hex.ts";
import type { StorageItem } from "../declare/storage.ts";
import { decode, encode, type Immutable } from "../declare/type.ts";
import type { Cell, Version } from "./cell.ts";
import { Cells } from "./cells.ts";
import type { ReadState } from "./read-state.ts";
import { Reader } from "./reader.ts";

/** As many as the chain keeps hashes of (`System.BlockHashCount`). */
export const KEPT_BLOCKS = 2_400;

interface Change {
  readonly cell: Cell;
  readonly before: Uint8Array | undefined;
}

export interface SealedState {
  /** Keys whose bytes differ from the block before, in key order. */
  readonly changed: readonly Hex[];
  /** BLAKE2b-256 over the root before and everything that changed. A commitment, not a Merkle root. */
  readonly root: Hex;
}

/** A whole state, to go back to. Bytes are shared, not copied. */
export interface StateSnapshot {
  readonly block: number;
  /** The oldest block whose state it holds. */
  readonly floor: number;
  readonly root: Hex;
  readonly cells: readonly {
    key: Hex;
    bytes: Uint8Array | undefined;
    from: number;
    past: readonly Version[];
  }[];
}

const NO_ROOT: Hex = `0x${"00".repeat(32)}`;

export class State extends Reader {
  protected cells = new Cells();
  readonly #kept: number;
  readonly #journal: Change[] = [];
  #block = -1;
  #root: Hex = NO_ROOT;
  #forgottenBefore = 0;
  /** No state before this block was ever known here. */
  #floor = 0;
  /** Cells changed in each kept block, so that what nobody can read any more is forgotten. */
  #changedIn = new Map<number, readonly Cell[]>();
  /** Cells that an undone layer may have left empty; looked at when no journal refers to them any more. */
  #emptied = new Set<Cell>();

  constructor(keptBlocks = KEPT_BLOCKS) {
    super();
    this.#kept = keptBlocks;
  }

  protected bytesOf(cell: Cell): Uint8Array | undefined {
    return cell.bytes;
  }

  /** Stores a value. Later changes to the object passed in are not seen. */
  put<K extends readonly unknown[], V, M extends V | undefined>(
    item: StorageItem<K, V, M>,
    ...keysAndValue: [...keys: K, value: NoInfer<Immutable<V>>]
  ): void {
    const value = keysAndValue.pop() as Immutable<V>;
    const cell = this.#write(item.key(...(keysAndValue as unknown as K)), encode(item.value, value));
    if (typeof value !== "object") {
      cell.decoded = value;
      cell.decodedFrom = cell.bytes;
    }
  }

  kill<K extends readonly unknown[], V, M extends V | undefined>(
    item: StorageItem<K, V, M>,
    ...keys: K
  ): void {
    this.writeRaw(item.key(...keys), undefined);
  }

  /** Removes all entries with the given first keys. */
  killAll<K extends readonly unknown[], V, M extends V | undefined>(
    item: StorageItem<K, V, M>,
    ...first: Partial<K>
  ): void {
    for (const cell of [...this.cells.within(item.key(...first))]) this.#set(cell, undefined);
  }

  /**
   * Stores what `change` makes of the value (or of the fallback; undefined for an optional item). It gets a copy of its
   * own, which it may alter and return.
   */
  mutate<K extends readonly unknown[], V, M extends V | undefined>(
    item: StorageItem<K, V, M>,
    keys: K,
    change: (value: V | M) => V,
  ): void {
    const bytes = this.raw(item.key(...keys));
    const fallback = item.fallback;
    const copy =
      bytes !== undefined
        ? decode(item.value, bytes)
        : fallback === undefined || typeof fallback !== "object"
          ? fallback
          : decode(item.value, encode(item.value, fallback as Immutable<V>));
    this.put(item, ...([...keys, change(copy as V | M)] as unknown as [...K, Immutable<V>]));
  }

  /** Writes bytes under a raw key, or removes it. */
  writeRaw(key: Hex, bytes: Uint8Array | undefined): void {
    if (bytes === undefined && this.cells.find(key) === undefined) return;
    this.#write(key, bytes);
  }

  /** Runs `work`; what it changed is undone when it throws. Layers nest. */
  layer<T>(work: () => T): T {
    const mark = this.#journal.length;
    try {
      return work();
    } catch (error) {
      this.#undoTo(mark);
      throw error;
    }
  }

  /** Runs `work` and undoes everything: for questions such as "would this be valid?". */
  dryRun<T>(work: () => T): T {
    const mark = this.#journal.length;
    try {
      return work();
    } finally {
      this.#undoTo(mark);
    }
  }

  /** Number of the last sealed block; -1 before genesis. */
  get block(): number {
    return this.#block;
  }

  /** Closes a block: its state can be read by number from now on. Blocks are sealed in order, from 0. */
  seal(block: number): SealedState {
    if (block !== this.#block + 1) {
      throw new Failure("defect", "blocks are sealed in order", { meta: { block, after: this.#block } });
    }
    const changed = this.#closeJournal(block);
    this.#root = rootAfter(this.#root, changed);
    this.#block = block;
    this.#changedIn.set(block, changed);
    this.#forgetUnreadable();
    return { changed: changed.map(({ key }) => key), root: this.#root };
  }

  /** The state after a block, or undefined when it is not kept (or not made yet). Asked for between blocks only. */
  at(block: number): ReadState | undefined {
    if (this.#journal.length > 0) throw new Failure("defect", "blocks are read when none is being made");
    if (block > this.#block || block < this.oldest) return undefined;
    return block === this.#block ? this : new PastState(this.cells, block);
  }

  /** The oldest block whose state can be read. */
  get oldest(): number {
    return Math.max(this.#floor, this.#block - this.#kept + 1);
  }

  snapshot(): StateSnapshot {
    const cells = Array.from(this.cells.all(), ({ key, bytes, from, past }) => ({
      key,
      bytes,
      from,
      past: [...past],
    }));
    return { block: this.#block, floor: this.#floor, root: this.#root, cells };
  }

  /** Goes back to a snapshot; returns the keys whose bytes are other than before, in key order. */
  restore(snapshot: StateSnapshot): Hex[] {
    const before = this.cells;
    this.#journal.length = 0;
    this.#emptied.clear();
    this.cells = new Cells();
    this.#block = snapshot.block;
    this.#root = snapshot.root;
    const changedIn = new Map<number, Cell[]>();
    for (const { key, bytes, from, past } of snapshot.cells) {
      const cell = this.cells.findOrMake(key);
      cell.bytes = bytes;
      cell.from = from;
      cell.past = [...past];
      for (const since of [from, ...past.map((version) => version.from)]) {
        const cells = changedIn.get(since);
        if (cells === undefined) changedIn.set(since, [cell]);
        else cells.push(cell);
      }
    }
    this.#changedIn = changedIn;
    this.#floor = Math.min(snapshot.floor, snapshot.block);
    this.#forgottenBefore = this.oldest;
    return differingKeys(before, this.cells);
  }

  #write(key: Hex, bytes: Uint8Array | undefined): Cell {
    const cell = this.cells.findOrMake(key);
    this.#set(cell, bytes);
    return cell;
  }

  #set(cell: Cell, bytes: Uint8Array | undefined): void {
    if (same(cell.bytes, bytes)) return;
    this.#journal.push({ cell, before: cell.bytes });
    cell.bytes = bytes;
  }

  #undoTo(mark: number): void {
    for (let i = this.#journal.length - 1; i >= mark; i--) {
      const { cell, before } = this.#journal[i]!;
      cell.bytes = before;
      if (before === undefined) this.#emptied.add(cell);
    }
    this.#journal.length = mark;
    if (mark === 0) this.#removeEmptied();
  }

  #removeEmptied(): void {
    for (const cell of this.#emptied) {
      if (cell.bytes === undefined && cell.past.length === 0 && this.cells.find(cell.key) === cell) {
        this.cells.remove(cell);
      }
    }
    this.#emptied.clear();
  }

  #closeJournal(block: number): Cell[] {
    const first = new Map<Cell, Uint8Array | undefined>();
    for (const { cell, before } of this.#journal) if (!first.has(cell)) first.set(cell, before);
    this.#journal.length = 0;
    const changed: Cell[] = [];
    for (const [cell, before] of first) {
      if (same(before, cell.bytes)) {
        if (before === undefined) this.#emptied.add(cell);
        continue;
      }
      if (before !== undefined || cell.past.length > 0) cell.past.push({ from: cell.from, bytes: before });
      cell.from = block;
      changed.push(cell);
    }
    this.#removeEmptied();
    return changed.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #forgetUnreadable(): void {
    const oldest = this.oldest;
    if (oldest === this.#forgottenBefore) return;
    this.#forgottenBefore = oldest;
    for (const cell of this.#changedIn.get(oldest) ?? []) {
      cell.forgetBefore(oldest);
      if (cell.bytes === undefined && cell.past.length === 0) this.cells.remove(cell);
    }
    this.#changedIn.delete(oldest - 1);
  }
}

/** The state as it was after a block. */
class PastState extends Reader {
  protected readonly cells: Cells;
  readonly #block: number;

  constructor(cells: Cells, block: number) {
    super();
    this.cells = cells;
    this.#block = block;
  }

  protected bytesOf(cell: Cell): Uint8Array | undefined {
    return cell.at(this.#block);
  }
}

/** The list of keys and lengths says where each value begins, so that no two changes read alike. */
function rootAfter(root: Hex, changed: readonly Cell[]): Hex {
  const list = changed.map(({ key, bytes }) => `${key} ${bytes?.length ?? "gone"}`).join("\n");
  const values = Buffer.concat(changed.map(({ bytes }) => bytes ?? NOTHING));
  return toHex(blake2b256(`${root}\n${list}\n\n`, values));
}

const NOTHING = new Uint8Array();

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && a.length === b.length && Buffer.compare(a, b) === 0;
}

function differingKeys(before: Cells, after: Cells): Hex[] {
  const keys: Hex[] = [];
  for (const { key, bytes } of before.all()) if (!same(bytes, after.find(key)?.bytes)) keys.push(key);
  for (const { key, bytes } of after.all()) {
    if (bytes !== undefined && before.find(key) === undefined) keys.push(key);
  }
  return keys.sort();
}
