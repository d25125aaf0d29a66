/** How keyfiles are encrypted: `$NACL` is written and read, Ansible vaults and Fernet tokens are read. */
import { Failure } from "../../protocol/failure.ts";
import type { Rng } from "../../runtime/ports/rng.ts";
import { ANSIBLE_PREFIX, openAnsibleVault } from "./ansible-vault.ts";
import { FERNET_PREFIX, openFernet } from "./fernet.ts";
import type { KeyfileOrigin } from "./keyfile.ts";
import { NACL_PREFIX, openNaclBox, sealNaclBox } from "./nacl-box.ts";
import type { Secret } from "./secret.ts";

export type Encryption = "nacl" | "ansible" | "fernet";

const METHODS = {
  nacl: { prefix: NACL_PREFIX, open: openNaclBox },
  ansible: { prefix: ANSIBLE_PREFIX, open: openAnsibleVault },
  fernet: { prefix: FERNET_PREFIX, open: openFernet },
} as const satisfies Record<Encryption, unknown>;

/** The method of an encrypted keyfile by its first bytes, or undefined for a plain one. */
export function encryptionOf(bytes: Uint8Array): Encryption | undefined {
  const start = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  return (Object.keys(METHODS) as Encryption[]).find((name) => start.startsWith(METHODS[name].prefix));
}

/**
 * The text of an encrypted keyfile. Fails with `unauthorised` for a wrong password (which no authenticated encryption
 * can tell from damage), and with `corrupt` when the file cannot be one of its kind.
 */
export async function decryptKeyfile(
  bytes: Uint8Array,
  method: Encryption,
  password: Secret,
  { kind, path }: KeyfileOrigin,
): Promise<string> {
  const plain = await METHODS[method].open(bytes, password);
  const meta = { path: path.slice(0, 256) };
  if (plain === "denied")
    throw new Failure("unauthorised", `The password does not open the ${kind} file`, {
      meta,
      hint: "Try again; if it is surely the right one, the file is damaged: restore its backup.",
    });
  if (plain === "truncated")
    throw new Failure("corrupt", `The ${kind} file is damaged: it begins like ${method} and is none`, {
      meta,
      hint: "Restore it from its backup or from its phrase.",
    });
  return Buffer.from(plain).toString("utf8");
}

/** The bytes of a keyfile that only the password opens, as bittensor-wallet writes them. */
export function encryptKeyfile(text: string, password: Secret, rng: Rng): Promise<Uint8Array> {
  return sealNaclBox(new TextEncoder().encode(text), password, rng);
}
