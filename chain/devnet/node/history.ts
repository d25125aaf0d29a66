/** The blocks so far, by number and by hash. */
import type { Hex } from "../../scale/hex.ts";
import { KEPT_BLOCKS } from "../state/state.ts";
import type { DevnetBlock } from "./block.ts";

/** Headers of at least so many blocks are kept; of `KEPT_BLOCKS` the extrinsics, too. */
const KEPT_HEADERS = 100_000;

export class History {
  readonly genesis: DevnetBlock;
  /** The blocks after genesis, in order and without gaps among them; the oldest may be forgotten. */
  #blocks: DevnetBlock[] = [];
  #byHash = new Map<Hex, DevnetBlock>();

  constructor(genesis: DevnetBlock) {
    this.genesis = genesis;
  }

  get head(): DevnetBlock {
    return this.#blocks.at(-1) ?? this.genesis;
  }

  add(block: DevnetBlock): void {
    this.#blocks.push(block);
    this.#byHash.set(block.hash, block);
    this.#dropBody(block.number - KEPT_BLOCKS);
    if (this.#blocks.length > 2 * KEPT_HEADERS) {
      for (const { hash } of this.#blocks.splice(0, KEPT_HEADERS)) this.#byHash.delete(hash);
    }
  }

  at(number: number): DevnetBlock | undefined {
    if (number === 0) return this.genesis;
    return this.#blocks[number - (this.#blocks[0]?.number ?? 1)];
  }

  find(hash: Hex): DevnetBlock | undefined {
    return hash === this.genesis.hash ? this.genesis : this.#byHash.get(hash);
  }

  /** Whether its extrinsics are still here. */
  hasBody({ number }: DevnetBlock): boolean {
    return number === 0 || number > this.head.number - KEPT_BLOCKS;
  }

  /** The last `count` blocks after genesis, oldest first. */
  last(count: number): readonly DevnetBlock[] {
    return this.#blocks.slice(-count);
  }

  /** All blocks after genesis that are kept, oldest first. */
  all(): readonly DevnetBlock[] {
    return [...this.#blocks];
  }

  /** Goes back to what `all` gave. */
  restore(blocks: readonly DevnetBlock[]): void {
    this.#blocks = [...blocks];
    this.#byHash = new Map(blocks.map((block) => [block.hash, block]));
  }

  /** The block is replaced, not changed: a snapshot may hold it. */
  #dropBody(number: number): void {
    const old = this.at(number);
    if (old === undefined || number === 0) return;
    const bare = { ...old, extrinsics: [] };
    this.#blocks[number - this.#blocks[0]!.number] = bare;
    this.#byHash.set(bare.hash, bare);
  }
}
