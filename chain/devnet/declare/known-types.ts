/** Types that every Substrate chain has, with the paths by which clients know them. */
import type { Hex } from "../../scale/hex.ts";
import { bytes, fixedBytes, unit, vec } from "./collections.ts";
import { variant, wrapper } from "./composites.ts";
import { u8 } from "./numbers.ts";
import type { Type, TypeOf } from "./type.ts";

/** 32 bytes of public key as lower-case hex: cheap to compare, and a key of maps. */
export const accountId: Type<Hex> = wrapper("sp_core::crypto::AccountId32", fixedBytes(32));
export type AccountId = TypeOf<typeof accountId>;

/** An Ethereum address. */
export const h160: Type<Hex> = wrapper("primitive_types::H160", fixedBytes(20));

export const h256: Type<Hex> = wrapper("primitive_types::H256", fixedBytes(32));

/** `Compact<()>`: the chain knows no account indices, so that one takes no bytes. */
const noIndex: Type<undefined> = { codec: unit.codec, shape: { kind: "compact", of: unit.shape } };

export const multiAddress = variant(
  "sp_runtime::multiaddress::MultiAddress",
  {
    Id: [0, accountId],
    Index: [1, noIndex],
    Raw: [2, bytes],
    Address32: [3, fixedBytes(32)],
    Address20: [4, fixedBytes(20)],
  },
  { parameters: { AccountId: accountId, AccountIndex: unit } },
);

export const multiSignature = variant("sp_runtime::MultiSignature", {
  Ed25519: [0, fixedBytes(64)],
  Sr25519: [1, fixedBytes(64)],
  Ecdsa: [2, fixedBytes(65)],
});

/** `BoundedVec<T, S>`: metadata does not tell the bound, so the call checks it. */
export const boundedVec = <T>(type: Type<T>): Type<T[]> =>
  wrapper("bounded_collections::bounded_vec::BoundedVec", vec(type), {
    parameters: { T: type, S: undefined },
  });

/** `BoundedVec<u8, S>`. */
export const boundedBytes: Type<Uint8Array> = wrapper("bounded_collections::bounded_vec::BoundedVec", bytes, {
  parameters: { T: u8, S: undefined },
});
