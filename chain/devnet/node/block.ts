/** Blocks of the devnet. Their hash is the blake2-256 of the SCALE header, since clients compute it themselves. */
import type { Header } from "../../scale/header.ts";
import type { Hex } from "../../scale/hex.ts";

export interface BlockRef {
  readonly number: number;
  readonly hash: Hex;
}

export interface DevnetBlock extends BlockRef {
  readonly header: Header;
  /** Each as it travels, its compact length in front. */
  readonly extrinsics: readonly Uint8Array[];
}
