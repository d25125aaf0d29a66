/** One key of the state: its value now, and what it was at blocks before. */
import type { Hex } from "../../scale/hex.ts";

/** Bytes from a block on; undefined where nothing was stored. */
export interface Version {
  readonly from: number;
  readonly bytes: Uint8Array | undefined;
}

export class Cell {
  readonly key: Hex;
  bytes: Uint8Array | undefined;
  /** The value decoded from `decodedFrom`, which is `bytes` unless these have changed since. */
  decoded: unknown;
  decodedFrom: Uint8Array | undefined;
  /** The keys of its item, once somebody asked. */
  keys: readonly unknown[] | undefined;
  /** The block whose state first had `bytes`. */
  from = 0;
  /** Older values, oldest first. */
  past: Version[] = [];

  constructor(key: Hex) {
    this.key = key;
  }

  /** The bytes in the state of a block. */
  at(block: number): Uint8Array | undefined {
    if (this.from <= block) return this.bytes;
    for (let i = this.past.length - 1; i >= 0; i--) {
      const version = this.past[i]!;
      if (version.from <= block) return version.bytes;
    }
    return undefined;
  }

  /** Forgets what only blocks before `block` can see. */
  forgetBefore(block: number): void {
    if (this.from <= block) this.past.length = 0;
    else {
      let last = this.past.length - 1;
      while (last > 0 && this.past[last]!.from > block) last--;
      if (last > 0) this.past.splice(0, last);
    }
  }
}
