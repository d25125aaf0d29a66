/** The pool: takes transactions that could go into a block, in Substrate's order of refusals, and tells how they fare. */
import type { Clock } from "../../../runtime/ports/clock.ts";
import { extrinsicHash } from "../../scale/extrinsic.ts";
import type { Hex } from "../../scale/hex.ts";
import { type AccountId, InvalidTransaction } from "../declare/index.ts";
import { Bans } from "./bans.ts";
import type { BlockRef } from "./block.ts";
import { PoolQueue, type Waiting } from "./pool-queue.ts";
import { PoolRefusal } from "./pool-refusal.ts";
import type { SubmittedStatus } from "./pool-status.ts";
import type { DecodedTransaction } from "./transaction-check.ts";
import { Watchers } from "./watchers.ts";

const MAX_WAITING = 8_192;
const MAX_WAITING_BYTES = 20 << 20;

const NORMAL = 1n;
const OPERATIONAL = 10_000_000_000n;

export interface PoolEntry extends Waiting {
  readonly transaction: DecodedTransaction;
  /** Hash of the era's birth block that the signature was checked with. */
  birthHash: Hex;
  isFuture: boolean;
}

export interface PoolChecks {
  /** Takes it apart; throws a `PoolRefusal`. */
  decode(bytes: Uint8Array): DecodedTransaction;
  /** Whether the next block could take it; the hash its signature was checked with. Throws an `InvalidTransaction`. */
  validate(transaction: DecodedTransaction): Hex;
  nonceOf(who: AccountId): number;
}

export class Pool {
  readonly #queue = new PoolQueue<PoolEntry>();
  readonly #watchers = new Watchers();
  readonly #checks: PoolChecks;
  readonly #bans: Bans;
  /** Included, by the block that included them, until that is finalized. */
  readonly #included = new Map<Hex, readonly Hex[]>();
  #arrivals = 0;
  #bytes = 0;

  constructor(options: { clock: Clock; checks: PoolChecks }) {
    this.#checks = options.checks;
    this.#bans = new Bans(options.clock);
  }

  get size(): number {
    return this.#queue.size;
  }

  submit(bytes: Uint8Array): { hash: Hex } {
    const entry = this.#admit(bytes);
    this.#settle(entry);
    return { hash: entry.hash };
  }

  watch(bytes: Uint8Array, signal: AbortSignal): { hash: Hex; statuses: AsyncIterable<SubmittedStatus> } {
    const entry = this.#admit(bytes);
    const statuses = this.#watchers.watch(entry.hash, signal);
    this.#settle(entry);
    return { hash: entry.hash, statuses };
  }

  /** In the order in which they would go into blocks. */
  ready(): PoolEntry[] {
    return this.#queue.ready((who) => this.#checks.nonceOf(who));
  }

  nextNonce(who: AccountId): number {
    return this.#queue.nextNonce(who, this.#checks.nonceOf(who));
  }

  /** Those of the block leave, and whoever waited for them becomes ready. */
  included(block: BlockRef, entries: readonly PoolEntry[]): void {
    for (const entry of entries) {
      this.#remove(entry);
      this.#bans.add(entry.hash);
      this.#watchers.tell(entry.hash, { inBlock: block.hash });
    }
    if (entries.length > 0)
      this.#included.set(
        block.hash,
        entries.map(({ hash }) => hash),
      );
    this.#dropStale();
  }

  finalized(block: Hex): void {
    for (const hash of this.#included.get(block) ?? []) this.#watchers.tell(hash, { finalized: block });
    this.#included.delete(block);
  }

  /** Found invalid when its turn came. */
  invalid(entry: PoolEntry): void {
    this.#remove(entry);
    this.#bans.add(entry.hash);
    this.#watchers.tell(entry.hash, "invalid");
  }

  /** Forgets everything, as when the chain goes back to a snapshot. */
  clear(): void {
    for (const entry of this.#queue.all()) this.#remove(entry);
    this.#included.clear();
    this.#bans.clear();
    this.#watchers.endAll("dropped");
  }

  #admit(bytes: Uint8Array): PoolEntry {
    const hash = extrinsicHash(bytes);
    if (this.#bans.has(hash)) throw PoolRefusal.banned();
    if (this.#queue.find(hash) !== undefined) throw PoolRefusal.alreadyImported(hash);
    const transaction = this.#checks.decode(bytes);
    const { who, nonce, declared } = transaction;
    const birthHash = this.#validate(transaction);
    const priority = declared.class === "Operational" ? OPERATIONAL : NORMAL;
    const rival = this.#queue.at(who, nonce);
    if (rival !== undefined && priority <= rival.priority) {
      throw PoolRefusal.tooLowPriority(rival.priority, priority);
    }
    const isFull = this.#queue.size >= MAX_WAITING || this.#bytes + bytes.length > MAX_WAITING_BYTES;
    if (isFull && rival === undefined) throw PoolRefusal.full();
    if (rival !== undefined) {
      this.#remove(rival);
      this.#watchers.tell(rival.hash, { usurped: hash });
    }
    const entry: PoolEntry = {
      ...{ hash, bytes, who, nonce, priority, transaction, birthHash },
      arrival: this.#arrivals++,
      isFuture: true,
    };
    this.#queue.add(entry);
    this.#bytes += bytes.length;
    return entry;
  }

  #validate(transaction: DecodedTransaction): Hex {
    try {
      return this.#checks.validate(transaction);
    } catch (error) {
      if (!(error instanceof InvalidTransaction)) throw error;
      this.#bans.add(transaction.hash);
      throw PoolRefusal.invalid(error.data);
    }
  }

  /** Tells a new entry where it stands, and those behind it that they are ready now. */
  #settle(entry: PoolEntry): void {
    const { who } = entry;
    const until = this.nextNonce(who);
    if (entry.nonce >= until) this.#watchers.tell(entry.hash, "future");
    for (let nonce = this.#checks.nonceOf(who); nonce < until; nonce++) {
      const waiting = this.#queue.at(who, nonce)!;
      if (waiting.isFuture) this.#watchers.tell(waiting.hash, "ready");
      waiting.isFuture = false;
    }
  }

  /** Whatever has a nonce that is used up will never be valid. */
  #dropStale(): void {
    for (const entry of this.#queue.all()) {
      if (entry.nonce < this.#checks.nonceOf(entry.who)) this.invalid(entry);
    }
  }

  #remove(entry: PoolEntry): void {
    this.#queue.remove(entry);
    this.#bytes -= entry.bytes.length;
  }
}
