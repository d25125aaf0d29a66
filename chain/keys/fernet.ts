/**
 * Reads the Fernet tokens of the first bittensor wallets: PBKDF2-HMAC-SHA256 of 10,000,000 rounds over a fixed salt
 * gives the HMAC key and the AES-128-CBC key (https://github.com/fernet/spec). bittensor-wallet 4.0 cannot read these
 * any more. The token's age does not matter: a keyfile does not expire.
 */
import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Secret } from "./secret.ts";

/** Base64url of version 0x80 and the first zero bytes of the time. */
export const FERNET_PREFIX = "gAAAAA";

const SALT = "Iguesscyborgslikemyselfhaveatendencytobeparanoidaboutourorigins";
const ROUNDS = 10_000_000;
/** Version, time, initial vector; then the ciphertext in blocks of 16; then the HMAC. */
const [VERSION, TIME, IV, MAC, BLOCK] = [1, 8, 16, 32, 16];
const derive = promisify(pbkdf2);

/** The plaintext, "truncated" when the layout is not a token's, or "denied" when the password does not open it. */
export async function openFernet(
  bytes: Uint8Array,
  password: Secret,
): Promise<Uint8Array | "truncated" | "denied"> {
  const text = Buffer.from(bytes).toString("latin1").trim();
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(text)) return "truncated";
  const token = Buffer.from(text, "base64url");
  const start = VERSION + TIME + IV;
  const encrypted = token.subarray(start, -MAC);
  if (token[0] !== 0x80 || token.length < start + BLOCK + MAC || encrypted.length % BLOCK !== 0)
    return "truncated";
  const keys = await derive(password.reveal(), SALT, ROUNDS, 32, "sha256");
  const expected = createHmac("sha256", keys.subarray(0, 16)).update(token.subarray(0, -MAC)).digest();
  if (!timingSafeEqual(expected, token.subarray(-MAC))) return "denied";
  const cipher = createDecipheriv("aes-128-cbc", keys.subarray(16), token.subarray(VERSION + TIME, start));
  try {
    return Buffer.concat([cipher.update(encrypted), cipher.final()]);
  } catch {
    return "truncated";
  }
}
