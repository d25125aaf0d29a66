/** A drand beacon: a group key that signs one number after the other, one every few seconds, for all to see. */
import { createHash } from "node:crypto";
import { bls12_381 } from "@noble/curves/bls12-381";
import { Failure } from "../../protocol/failure.ts";

export interface Beacon {
  /** Compressed point of G2, 96 bytes. */
  readonly publicKey: Uint8Array;
  readonly periodMs: number;
  /** When round 1 was signed, in milliseconds since the Unix epoch. */
  readonly genesisMs: number;
}

export type G1Point = InstanceType<typeof bls12_381.G1.ProjectivePoint>;
export type G2Point = InstanceType<typeof bls12_381.G2.ProjectivePoint>;

/** drand's quicknet, which subtensor uses: chain hash 52db9ba7…e971, scheme bls-unchained-g1-rfc9380. */
export const QUICKNET: Beacon = {
  publicKey: Uint8Array.from(
    Buffer.from(
      "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451" +
        "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
      "hex",
    ),
  ),
  periodMs: 3_000,
  genesisMs: 1_692_803_367_000,
};

const DST = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

/** The round that is signed at this time; one that is due at it counts. */
export const roundAt = (
  { genesisMs, periodMs }: Pick<Beacon, "genesisMs" | "periodMs">,
  ms: number,
): number => Math.max(0, Math.floor((ms - genesisMs) / periodMs) + 1);

/** When a round is signed. */
export const timeOfRound = ({ genesisMs, periodMs }: Beacon, round: number): number =>
  genesisMs + (round - 1) * periodMs;

/** The point of G1 that a round's signature is a multiple of: sha256 of the number (8 bytes, big endian), hashed to the curve. */
export function pointOfRound(round: bigint): G1Point {
  if (round < 0n || round >= 1n << 64n) {
    throw new Failure("malformed", "a beacon's round is a number of 64 bits", {
      meta: { round: `${round}` },
    });
  }
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(round);
  const message = createHash("sha256").update(number).digest();
  return bls12_381.G1.ProjectivePoint.fromAffine(bls12_381.G1.hashToCurve(message, { DST }).toAffine());
}

/** Whether a signature (48 bytes) is this beacon's for the round; garbage is not. */
export function isSignatureOfRound(beacon: Beacon, round: bigint, signature: Uint8Array): boolean {
  try {
    const left = bls12_381.pairing(readG1(signature), bls12_381.G2.ProjectivePoint.BASE);
    const right = bls12_381.pairing(pointOfRound(round), readG2(beacon.publicKey));
    return bls12_381.fields.Fp12.eql(left, right);
  } catch {
    return false;
  }
}

/** A compressed point of G1, 48 bytes. Fails with `malformed` when it is none, or not of the right subgroup. */
export const readG1 = (bytes: Uint8Array): G1Point =>
  readPoint(() => bls12_381.G1.ProjectivePoint.fromHex(bytes), bytes, 48);

/** A compressed point of G2, 96 bytes. Fails with `malformed` when it is none, or not of the right subgroup. */
export const readG2 = (bytes: Uint8Array): G2Point =>
  readPoint(() => bls12_381.G2.ProjectivePoint.fromHex(bytes), bytes, 96);

function readPoint<P extends { is0(): boolean }>(read: () => P, bytes: Uint8Array, length: number): P {
  try {
    if (bytes.length === length) {
      const point = read();
      if (!point.is0()) return point;
    }
  } catch {
    // The library's words say nothing that an operator could use.
  }
  throw new Failure("malformed", "these bytes are no point of the curve", { meta: { length: bytes.length } });
}
