/**
 * Encryption to the future: what is sealed to a round opens with the signature that the beacon publishes then
 * (identity-based encryption of Boneh and Franklin in the Fujisaki-Okamoto form of drand's tlock, around AES-256-GCM).
 * Byte for byte that of the Rust crate `timelock`, which subtensor and the Python clients use.
 */
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { bls12_381 } from "@noble/curves/bls12-381";
import { Failure } from "../../protocol/failure.ts";
import type { Rng } from "../../runtime/ports/rng.ts";
import { type Beacon, pointOfRound, readG1, readG2 } from "./beacon.ts";
import { decodeCiphertext, encodeCiphertext } from "./ciphertext.ts";

type Fp12 = ReturnType<typeof bls12_381.pairing>;

const CIPHER = "aes-256-gcm";
const TAG_BYTES = 16;
const FP_BYTES = 48;
const ORDER = bls12_381.fields.Fr.ORDER;

export interface SealOptions {
  plaintext: Uint8Array;
  /** Round whose signature opens it. */
  round: bigint;
  beacon: Pick<Beacon, "publicKey">;
  rng: Pick<Rng, "bytes">;
}

/** Seals bytes to a round of a beacon; costs a pairing, some tens of milliseconds. */
export function sealToRound({ plaintext, round, beacon, rng }: SealOptions): Uint8Array {
  const key = rng.bytes(32);
  const sigma = sha256(rng.bytes(32));
  const nonce = rng.bytes(12);
  const r = scalarOf(sigma, key);
  const shared = bls12_381.pairing(pointOfRound(round), readG2(beacon.publicKey).multiply(r));
  const cipher = createCipheriv(CIPHER, key, nonce);
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return encodeCiphertext({
    u: bls12_381.G2.ProjectivePoint.BASE.multiply(r).toBytes(true),
    v: xor(sigma, sha256(bytesOf(shared))),
    w: xor(key, sha256(sigma)),
    sealed: new Uint8Array(sealed),
    nonce,
  });
}

/**
 * Opens a ciphertext with the beacon's signature of its round (48 bytes). Fails with `malformed` when the bytes are no
 * ciphertext, and with `refused` when they are one that this signature does not open.
 */
export function openWithSignature(ciphertext: Uint8Array, signature: Uint8Array): Uint8Array {
  const { u, v, w, sealed, nonce } = decodeCiphertext(ciphertext);
  const point = readG2(u);
  const shared = bls12_381.pairing(readG1(signature), point);
  const sigma = xor(v, sha256(bytesOf(shared)));
  const key = xor(w, sha256(sigma));
  if (!bls12_381.G2.ProjectivePoint.BASE.multiply(scalarOf(sigma, key)).equals(point)) throw notOpened();
  const decipher = createDecipheriv(CIPHER, key, nonce);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]));
  } catch {
    throw notOpened();
  }
}

const notOpened = (): Failure =>
  new Failure("refused", "the signature does not open this ciphertext", {
    hint: "It is of another round or of another beacon than the bytes were sealed to, or they were changed.",
  });

/** `sha256(sigma ‖ key)` as a big-endian number, modulo the group's order; never 0, which would seal to everybody. */
function scalarOf(sigma: Uint8Array, key: Uint8Array): bigint {
  const digest = createHash("sha256").update(sigma).update(key).digest("hex");
  return BigInt(`0x${digest}`) % ORDER || 1n;
}

/** The 576 bytes that arkworks hashes: c0 before c1 at every level of the tower, each number 48 bytes, little endian. */
function bytesOf({ c0, c1 }: Fp12): Uint8Array {
  const out = Buffer.alloc(12 * FP_BYTES);
  [c0, c1]
    .flatMap((six) => [six.c0, six.c1, six.c2])
    .flatMap((two) => [two.c0, two.c1])
    .forEach((number, at) => {
      const hex = number.toString(16).padStart(2 * FP_BYTES, "0");
      out.set(Buffer.from(hex, "hex").reverse(), at * FP_BYTES);
    });
  return out;
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, at) => byte ^ (b[at] ?? 0));
