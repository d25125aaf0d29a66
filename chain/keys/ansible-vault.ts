/**
 * Reads Ansible vaults of version 1.1 and 1.2, which old versions of bittensor wrote: a header line, then hex of three
 * lines of hex (salt, HMAC, ciphertext); PBKDF2-HMAC-SHA256 of 10,000 rounds gives the AES-256-CTR key, the HMAC key
 * and the counter (https://docs.ansible.com/ansible/latest/vault_guide/vault_using_encrypted_content.html).
 */
import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Secret } from "./secret.ts";

export const ANSIBLE_PREFIX = "$ANSIBLE_VAULT";

const HEADER = /^\$ANSIBLE_VAULT;1\.[12];AES256(;[^\n]*)?$/;
const ROUNDS = 10_000;
const derive = promisify(pbkdf2);

/** The plaintext, "truncated" when the layout is not a vault's, or "denied" when the password does not open it. */
export async function openAnsibleVault(
  bytes: Uint8Array,
  password: Secret,
): Promise<Uint8Array | "truncated" | "denied"> {
  const [header = "", ...lines] = Buffer.from(bytes).toString("latin1").trim().split(/\r?\n/);
  const outer = unhex(lines.map((line) => line.trim()).join(""));
  if (!HEADER.test(header) || outer === undefined) return "truncated";
  const [salt, mac, encrypted] = outer.toString("latin1").split("\n").map(unhex);
  if (salt === undefined || mac?.length !== 32 || encrypted === undefined || encrypted.length === 0)
    return "truncated";
  const keys = await derive(password.reveal(), salt, ROUNDS, 80, "sha256");
  const expected = createHmac("sha256", keys.subarray(32, 64)).update(encrypted).digest();
  if (!timingSafeEqual(expected, mac)) return "denied";
  const cipher = createDecipheriv("aes-256-ctr", keys.subarray(0, 32), keys.subarray(64, 80));
  const padded = Buffer.concat([cipher.update(encrypted), cipher.final()]);
  const padding = padded.at(-1) ?? 0;
  return padding >= 1 && padding <= 16 && padding <= padded.length
    ? padded.subarray(0, padded.length - padding)
    : "truncated";
}

function unhex(text: string): Buffer | undefined {
  return text.length > 0 && text.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(text)
    ? Buffer.from(text, "hex")
    : undefined;
}
