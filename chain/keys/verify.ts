/** Checks signatures. Plain bytes: messages of our own are never wrapped in `<Bytes>…</Bytes>`. */
import { cryptoWaitReady, decodeAddress, ed25519Verify, sr25519Verify } from "@polkadot/util-crypto";

/** SS58 prefix of Bittensor and of generic Substrate addresses. */
export const SS58_PREFIX = 42;

/** Signature schemes of keys; Bittensor's default is sr25519. */
export type Scheme = "sr25519" | "ed25519";

const SIGNATURE = /^0x[0-9a-f]{128}$/;

/**
 * Whether `signature` (`0x` and 128 hex digits) of `message` was made by `hotkey` (SS58, prefix 42) in that scheme.
 * Anything malformed is simply false: callers never learn from an exception what was wrong with a forgery.
 */
export async function verifySignature(
  hotkey: string,
  message: Uint8Array | string,
  signature: string,
  scheme: Scheme = "sr25519",
): Promise<boolean> {
  const publicKey = publicKeyOf(hotkey);
  if (publicKey === undefined || !SIGNATURE.test(signature)) return false;
  await cryptoWaitReady();
  const verify = scheme === "sr25519" ? sr25519Verify : ed25519Verify;
  try {
    return verify(bytesOf(message), Buffer.from(signature.slice(2), "hex"), publicKey);
  } catch {
    return false;
  }
}

/** The 32-byte public key of an SS58 address with prefix 42, or undefined when it is not one. */
export function publicKeyOf(address: string): Uint8Array | undefined {
  try {
    const key = decodeAddress(address, false, SS58_PREFIX);
    return key.length === 32 ? key : undefined;
  } catch {
    return undefined;
  }
}

const bytesOf = (message: Uint8Array | string): Uint8Array =>
  typeof message === "string" ? new TextEncoder().encode(message) : message;
