/**
 * Bittensor's own encryption of keyfiles: `$NACL`, a nonce of 24 bytes, and an XSalsa20-Poly1305 secretbox whose key is
 * argon2i of the password with libsodium's "sensitive" limits and a fixed salt (bittensor-wallet, src/keyfile.rs).
 * Deriving the key takes 512 MiB and some seconds, on a thread of its own.
 */
import { argon2 } from "node:crypto";
import { naclDecrypt, naclEncrypt } from "@polkadot/util-crypto";
import type { Rng } from "../../runtime/ports/rng.ts";
import type { Secret } from "./secret.ts";

export const NACL_PREFIX = "$NACL";

const SALT = Buffer.from("137183dff15a09bc9c90b5518739e9b1", "hex");
const NONCE_BYTES = 24;
const TAG_BYTES = 16;
/** libsodium: OPSLIMIT_SENSITIVE and MEMLIMIT_SENSITIVE of argon2i13; memory in KiB. */
const COST = { passes: 8, memory: 524_288, parallelism: 1, tagLength: 32 };

/** The plaintext, "truncated" when there is not even a nonce and a tag, or "denied" when the password does not open it. */
export async function openNaclBox(
  bytes: Uint8Array,
  password: Secret,
): Promise<Uint8Array | "truncated" | "denied"> {
  const box = bytes.subarray(NACL_PREFIX.length);
  if (box.length <= NONCE_BYTES + TAG_BYTES) return "truncated";
  const key = await keyOf(password);
  return naclDecrypt(box.subarray(NONCE_BYTES), box.subarray(0, NONCE_BYTES), key) ?? "denied";
}

export async function sealNaclBox(plain: Uint8Array, password: Secret, rng: Rng): Promise<Uint8Array> {
  const nonce = rng.bytes(NONCE_BYTES);
  const { encrypted } = naclEncrypt(plain, await keyOf(password), nonce);
  return Buffer.concat([Buffer.from(NACL_PREFIX), nonce, encrypted]);
}

function keyOf(password: Secret): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    argon2("argon2i", { message: Buffer.from(password.reveal()), nonce: SALT, ...COST }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
