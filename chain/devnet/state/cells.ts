/** All cells: found by key at once, and by prefix in key order. */
import type { Hex } from "../../scale/hex.ts";
import { Cell } from "./cell.ts";

/** `0x` and the 32 bytes of an item: keys are kept apart by it, so that order costs only where it is asked for. */
const BUCKET = 2 + 64;

interface Bucket {
  readonly name: string;
  readonly sorted: Cell[];
  /** Cells made since `sorted` was last in order. */
  fresh: Cell[];
}

export class Cells {
  readonly #byKey = new Map<string, Cell>();
  readonly #buckets = new Map<string, Bucket>();

  find(key: Hex): Cell | undefined {
    return this.#byKey.get(key);
  }

  findOrMake(key: Hex): Cell {
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    const cell = new Cell(key);
    this.#byKey.set(key, cell);
    const name = key.slice(0, BUCKET);
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) this.#buckets.set(name, (bucket = { name, sorted: [], fresh: [] }));
    bucket.fresh.push(cell);
    return cell;
  }

  remove(cell: Cell): void {
    if (!this.#byKey.delete(cell.key)) return;
    const name = cell.key.slice(0, BUCKET);
    const bucket = this.#buckets.get(name)!;
    inOrder(bucket);
    bucket.sorted.splice(lowerBound(bucket.sorted, cell.key), 1);
    if (bucket.sorted.length === 0) this.#buckets.delete(name);
  }

  all(): Iterable<Cell> {
    return this.#byKey.values();
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Cells whose key begins with `prefix` and comes after `after`, in key order. */
  *within(prefix: string, after?: string): Generator<Cell> {
    for (const bucket of this.#bucketsFor(prefix)) {
      inOrder(bucket);
      const start = after === undefined || after < prefix ? prefix : after;
      for (let i = lowerBound(bucket.sorted, start); i < bucket.sorted.length; i++) {
        const cell = bucket.sorted[i]!;
        if (!cell.key.startsWith(prefix)) break;
        if (cell.key !== after) yield cell;
      }
    }
  }

  #bucketsFor(prefix: string): readonly Bucket[] {
    if (prefix.length >= BUCKET) {
      const bucket = this.#buckets.get(prefix.slice(0, BUCKET));
      return bucket === undefined ? [] : [bucket];
    }
    return [...this.#buckets.values()]
      .filter(({ name }) => name.startsWith(prefix))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function inOrder(bucket: Bucket): void {
  const { fresh, sorted } = bucket;
  if (fresh.length === 0) return;
  bucket.fresh = [];
  // A few are put in their places; many are sorted in.
  if (fresh.length <= 8) {
    for (const cell of fresh) sorted.splice(lowerBound(sorted, cell.key), 0, cell);
    return;
  }
  for (const cell of fresh) sorted.push(cell);
  sorted.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Index of the first cell whose key is not below `key`. */
function lowerBound(cells: readonly Cell[], key: string): number {
  let low = 0;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cells[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
