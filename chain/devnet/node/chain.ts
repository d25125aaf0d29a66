/** The chain itself: state, blocks and time, changed by blocks alone. It knows no clock, pool or listener. */
import { Failure } from "../../../protocol/failure.ts";
import { birthOf, type Era } from "../../scale/era.ts";
import type { Hex } from "../../scale/hex.ts";
import type { AccountId, ApiContext } from "../declare/index.ts";
import { KEPT_BLOCKS, State } from "../state/state.ts";
import type { BlockRef, DevnetBlock } from "./block.ts";
import type { BlockRun } from "./block-run.ts";
import type { Exported } from "./exported.ts";
import { History } from "./history.ts";
import type { Change } from "./node.ts";
import { type Candidate, type Made, Producer } from "./producer.ts";
import type { Runtime } from "./runtime.ts";
import { decodeChain, encodeChain } from "./saved-chain.ts";
import { Snapshots } from "./snapshots.ts";
import type { SigningFacts } from "./transaction-check.ts";

export interface ChainOptions {
  readonly runtime: Runtime;
  readonly exported: Exported;
  /** What counts as genesis's time for the blocks that follow, in milliseconds. */
  readonly startMs: number;
  readonly saved?: Uint8Array | undefined;
  readonly onDefect: (failure: Failure) => void;
}

const MAX_CHANGES = 1_000;
/** Genesis goes in front of these. */
const SAVED_BLOCKS = KEPT_BLOCKS;

export class DevnetChain {
  readonly state = new State();
  readonly history: History;
  readonly snapshots = new Snapshots();
  readonly #runtime: Runtime;
  readonly #producer: Producer;
  readonly #onDefect: (failure: Failure) => void;
  /** The head's timestamp. */
  #time: number;
  #changes: Change[] = [];

  constructor({ runtime, exported, startMs, saved, onDefect }: ChainOptions) {
    this.#runtime = runtime;
    this.#onDefect = onDefect;
    const { callType, calls, metadata } = exported;
    this.#producer = new Producer({ runtime, state: this.state, callType, calls, onDefect });
    this.#time = startMs;
    this.history = new History(this.#producer.genesis(metadata.digest));
    if (saved !== undefined) this.#load(saved);
  }

  get genesis(): DevnetBlock {
    return this.history.genesis;
  }

  get head(): DevnetBlock {
    return this.history.head;
  }

  get time(): number {
    return this.#time;
  }

  /** Makes the next block, with as many of the candidates as it takes. */
  make<E>(now: number, candidates: readonly Candidate<E>[]): Made<E> {
    const changes = this.#changes;
    this.#changes = [];
    // A hook that throws leaves the state of the head, not half a block.
    const made = this.state.layer(() =>
      this.#producer.make(this.head, now, { before: (run) => this.#apply(run, changes), candidates }),
    );
    this.#time = now;
    this.history.add(made.block);
    return made;
  }

  /** Runs `work` as if in a block after the head, and undoes all it did. */
  asNextBlock(now: number, work: (run: BlockRun) => void): void {
    const { number, hash } = this.head;
    this.state.dryRun(() => work(this.#producer.run(number + 1, now, hash)));
  }

  /** Asks the runtime for a change in the next block; one that it would refuse is refused at once. */
  change(now: number, change: Change): void {
    if (this.#changes.length >= MAX_CHANGES) {
      throw new Failure("overloaded", `${MAX_CHANGES} changes wait for the next block`);
    }
    this.asNextBlock(now, (run) => this.#runtime.set(run, change));
    this.#changes.push(change);
  }

  /** The state after a block, or the head's. Fails with `not-found`, in the words that clients look for. */
  at(hash: Hex | undefined): ApiContext {
    const block = hash === undefined ? this.head : this.history.find(hash);
    const state = block === undefined ? undefined : this.state.at(block.number);
    if (block !== undefined && state !== undefined) return { state, block: block.number };
    throw new Failure("not-found", `UnknownBlock: State already discarded for ${hash}`);
  }

  nonceOf(who: AccountId): number {
    return this.#runtime.nonceOf(this.state, who);
  }

  /** Hash of the block that an era begins with, seen from the next block. */
  birthHash(era: Era): Hex | undefined {
    return this.history.at(birthOf(era, this.head.number + 1))?.hash;
  }

  get signingFacts(): SigningFacts {
    const { specVersion, transactionVersion } = this.#runtime.version;
    return { genesisHash: this.genesis.hash, specVersion, transactionVersion };
  }

  snapshot(): string {
    return this.snapshots.add({
      state: this.state.snapshot(),
      blocks: this.history.all(),
      time: this.#time,
    });
  }

  /** Goes back; returns the head of then and the keys that differ. */
  restore(id: string): { head: DevnetBlock; changed: Hex[] } {
    const { state, blocks, time } = this.snapshots.get(id);
    const changed = this.state.restore(state);
    this.history.restore(blocks);
    this.#time = time;
    this.#changes = [];
    return { head: this.head, changed };
  }

  save(finalized: BlockRef): Uint8Array {
    return encodeChain({
      genesisHash: this.genesis.hash,
      time: this.#time,
      finalized: finalized.number,
      blocks: [this.genesis, ...this.history.last(SAVED_BLOCKS)],
      state: this.state.snapshot(),
    });
  }

  #apply(run: BlockRun, changes: readonly Change[]): void {
    for (const change of changes) {
      try {
        run.undoing(() => this.#runtime.set(run, change));
      } catch (error) {
        this.#onDefect(Failure.from(error));
      }
    }
  }

  #load(saved: Uint8Array): void {
    const chain = decodeChain(saved, this.genesis.hash);
    this.state.restore(chain.state);
    this.history.restore(chain.blocks.slice(1));
    this.#time = chain.time;
  }
}
