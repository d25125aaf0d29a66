/** Where storage lies: twox128 of pallet and item, then each key hashed as the item says. */
import {
  Blake2128,
  Blake2128Concat,
  Blake2256,
  Identity,
  Twox64Concat,
  Twox128,
  Twox256,
} from "@polkadot-api/substrate-bindings";
import { Failure } from "../../protocol/failure.ts";
import { concat } from "./concat.ts";
import { type Hex, toHex } from "./hex.ts";

/** Hashers as metadata names them. */
export type Hasher =
  | "Blake2128"
  | "Blake2256"
  | "Blake2128Concat"
  | "Twox128"
  | "Twox256"
  | "Twox64Concat"
  | "Identity";

const HASHERS: Record<Hasher, (encoded: Uint8Array) => Uint8Array> = {
  Blake2128,
  Blake2256,
  Blake2128Concat,
  Twox128,
  Twox256,
  Twox64Concat,
  Identity,
};

const CONCAT_WIDTH: Partial<Record<Hasher, number>> = { Identity: 0, Twox64Concat: 8, Blake2128Concat: 16 };

/** Bytes of hash in front of the key itself. Fails with `malformed` for hashers that do not keep the key. */
export function hashWidth(hasher: Hasher): number {
  const width = CONCAT_WIDTH[hasher];
  if (width !== undefined) return width;
  throw new Failure("malformed", "keys cannot be read back from this hasher", { meta: { hasher } });
}

/** The 32 bytes that every key of an item begins with. */
export function itemPrefix(pallet: string, item: string): Hex {
  const twox = (text: string): Uint8Array => Twox128(new TextEncoder().encode(text));
  return toHex(concat([twox(pallet), twox(item)]));
}

/** One key as it stands in a storage key. */
export const hashedKey = (hasher: Hasher, encoded: Uint8Array): Uint8Array => HASHERS[hasher](encoded);
