/** The blocks so far, by number and by hash. */
import type { Hex } from "../../scale/hex.ts";
import { KEPT_BLOCKS } from "../state/state.ts";
import type { DevnetBlock } from "./block.ts";

/** Headers of so many blocks are kept, and genesis; of `KEPT_BLOCKS` the extrinsics, too. */
const KEPT_HEADERS = 100_000;

export class History {
  /** Blocks in order without gaps, but for genesis in front, which always stays. */
  #blocks: DevnetBlock[] = [];
  #byHash = new Map<Hex, DevnetBlock>();
  #genesis: DevnetBlock | undefined;

  get head(): DevnetBlock {
    return this.#blocks.at(-1)!;
  }

  add(block: DevnetBlock): void {
    this.#genesis ??= block;
    this.#blocks.push(block);
    this.#byHash.set(block.hash, block);
    const old = this.at(block.number - KEPT_BLOCKS);
    if (old !== undefined) old.extrinsics = [];
    if (this.#blocks.length > 2 * KEPT_HEADERS) this.#forget(KEPT_HEADERS);
  }

  at(number: number): DevnetBlock | undefined {
    if (number === 0) return this.#genesis;
    const first = this.#blocks[0]?.number ?? 0;
    return this.#blocks[number - first];
  }

  find(hash: Hex): DevnetBlock | undefined {
    return hash === this.#genesis?.hash ? this.#genesis : this.#byHash.get(hash);
  }

  /** The last `count` blocks, oldest first. */
  last(count: number): readonly DevnetBlock[] {
    return this.#blocks.slice(-count);
  }

  /** All blocks that are kept, oldest first. */
  all(): readonly DevnetBlock[] {
    return [...this.#blocks];
  }

  /** Goes back to what `all` gave. */
  restore(blocks: readonly DevnetBlock[]): void {
    this.#blocks = [...blocks];
    this.#byHash = new Map(blocks.map((block) => [block.hash, block]));
  }

  #forget(count: number): void {
    for (const { hash } of this.#blocks.splice(0, count)) this.#byHash.delete(hash);
  }
}
