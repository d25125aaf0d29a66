/** The hash that a validator commits to before it reveals its weights. */
import { Blake2256, Bytes, Tuple, u16, u64, Vector } from "@polkadot-api/substrate-bindings";

export interface HashedWeights {
  /** Public key, 32 bytes. */
  hotkey: Uint8Array;
  /** `mechanism × 4096 + netuid`; of mechanism 0 the netuid itself. */
  index: number;
  uids: number[];
  /** As they will be revealed: before the chain scales them up. */
  values: number[];
  salt: number[];
  versionKey: bigint;
}

const Preimage = Tuple(Bytes(32), u16, Vector(u16), Vector(u16), Vector(u16), u64);

/** blake2-256 of the SCALE tuple (hotkey, index, uids, values, salt, version key), 32 bytes. */
export const weightsCommitHash = (weights: HashedWeights): Uint8Array => {
  const { hotkey, index, uids, values, salt, versionKey } = weights;
  return Blake2256(Preimage.enc([hotkey, index, uids, values, salt, versionKey]));
};
