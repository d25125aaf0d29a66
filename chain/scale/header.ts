/** Block headers in SCALE; a block's hash is the BLAKE2b-256 of these bytes. */
import { Bytes, compact, Tuple } from "@polkadot-api/substrate-bindings";
import { concat } from "./concat.ts";
import { blake2b256 } from "./hash.ts";
import { fromHex, type Hex, toHex } from "./hex.ts";

/** As JSON-RPC shows it, the number as a number. */
export interface Header {
  parentHash: Hex;
  number: number;
  stateRoot: Hex;
  extrinsicsRoot: Hex;
  /** SCALE of each digest item; may be empty. */
  digest: { logs: Hex[] };
}

const HASH = Bytes(32);
const FRONT = Tuple(HASH, compact, HASH, HASH);

export function encodeHeader({ parentHash, number, stateRoot, extrinsicsRoot, digest }: Header): Uint8Array {
  const front = FRONT.enc([fromHex(parentHash), number, fromHex(stateRoot), fromHex(extrinsicsRoot)]);
  // A digest item is an enum and carries its own length.
  return concat([front, compact.enc(digest.logs.length), ...digest.logs.map(fromHex)]);
}

export const hashHeader = (header: Header): Hex => toHex(blake2b256(encodeHeader(header)));
