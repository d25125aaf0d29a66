/** A beacon of one's own, for chains that are simulated: who holds this key can open every ciphertext at once. */
import { bls12_381 } from "@noble/curves/bls12-381";
import { Failure } from "../../protocol/failure.ts";
import type { Beacon } from "./beacon.ts";
import { pointOfRound } from "./beacon.ts";

const ORDER = bls12_381.fields.Fr.ORDER;

export interface BeaconKey extends Beacon {
  /** The signature of a round: 48 bytes, the same every time. */
  sign(round: bigint): Uint8Array;
}

/** Derives the key from a seed of at least 32 bytes. Fails with `malformed` on a shorter one. */
export function beaconKey(options: { seed: Uint8Array; periodMs: number; genesisMs: number }): BeaconKey {
  const { seed, periodMs, genesisMs } = options;
  if (seed.length < 32) {
    throw new Failure("malformed", "a beacon's seed has 32 bytes or more", { meta: { length: seed.length } });
  }
  const secret = (BigInt(`0x${Buffer.from(seed).toString("hex")}`) % (ORDER - 1n)) + 1n;
  return {
    publicKey: bls12_381.G2.ProjectivePoint.BASE.multiply(secret).toBytes(true),
    periodMs,
    genesisMs,
    sign: (round) => pointOfRound(round).multiply(secret).toBytes(true),
  };
}
