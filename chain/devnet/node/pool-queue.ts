/** Waiting transactions by account and nonce, and the order in which they go into blocks. */
import type { Hex } from "../../scale/hex.ts";
import type { AccountId } from "../declare/index.ts";

export interface Waiting {
  readonly hash: Hex;
  readonly bytes: Uint8Array;
  readonly who: AccountId;
  readonly nonce: number;
  readonly priority: bigint;
  /** Order of arrival. */
  readonly arrival: number;
}

export class PoolQueue<W extends Waiting> {
  readonly #byHash = new Map<Hex, W>();
  readonly #byAccount = new Map<AccountId, Map<number, W>>();

  get size(): number {
    return this.#byHash.size;
  }

  find(hash: Hex): W | undefined {
    return this.#byHash.get(hash);
  }

  at(who: AccountId, nonce: number): W | undefined {
    return this.#byAccount.get(who)?.get(nonce);
  }

  add(waiting: W): void {
    this.#byHash.set(waiting.hash, waiting);
    let own = this.#byAccount.get(waiting.who);
    if (own === undefined) this.#byAccount.set(waiting.who, (own = new Map()));
    own.set(waiting.nonce, waiting);
  }

  remove({ hash, who, nonce }: W): void {
    this.#byHash.delete(hash);
    const own = this.#byAccount.get(who);
    own?.delete(nonce);
    if (own?.size === 0) this.#byAccount.delete(who);
  }

  all(): W[] {
    return [...this.#byHash.values()];
  }

  /** The first nonce from `from` on that does not wait here. */
  nextNonce(who: AccountId, from: number): number {
    const own = this.#byAccount.get(who);
    let nonce = from;
    while (own?.has(nonce)) nonce++;
    return nonce;
  }

  /** Those whose predecessors are here or in a block: by priority, then arrival, each account's by nonce. */
  ready(nonceOf: (who: AccountId) => number): W[] {
    const heads: W[] = [];
    for (const [who, own] of this.#byAccount) {
      const next = own.get(nonceOf(who));
      if (next !== undefined) heads.push(next);
    }
    // The one that goes first is last, where taking it is cheap.
    heads.sort((a, b) => before(b, a));
    const ordered: W[] = [];
    for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
      ordered.push(head);
      const next = this.at(head.who, head.nonce + 1);
      if (next !== undefined) heads.splice(placeOf(next, heads), 0, next);
    }
    return ordered;
  }
}

/** Where it belongs among those that go first last. */
function placeOf(waiting: Waiting, heads: readonly Waiting[]): number {
  let low = 0;
  let high = heads.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(heads[middle]!, waiting) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Negative when `a` goes first. */
function before(a: Waiting, b: Waiting): number {
  if (a.priority !== b.priority) return a.priority > b.priority ? -1 : 1;
  return a.arrival - b.arrival;
}
