/** Loads the keys of a wallet that lies on disk, whoever wrote it. */

import { decryptKeyfile, encryptionOf } from "../keys/encryption.ts";
import { addressIn, type KeyfileOrigin, keyOf } from "../keys/keyfile.ts";
import { readKeyfile } from "../keys/keyfile-storage.ts";
import type { KeyMaterial, Keypair } from "../keys/keypair.ts";
import type { Secret } from "../keys/secret.ts";
import { coldkeyFile, coldkeyPublicFile, hotkeyFile, type WalletPlace } from "./layout.ts";

/** Asked only when a file turns out to be encrypted. */
export type AskPassword = (origin: KeyfileOrigin) => Promise<Secret>;

/**
 * The coldkey. Fails with `config` (missing, damaged, readable by others), `unauthorised` (wrong password), `corrupt`.
 * Decrypting takes 512 MiB and some seconds.
 */
export async function openColdkey(place: WalletPlace, ask: AskPassword): Promise<Keypair> {
  return (await readKey(coldkeyFile(place), ask, { ownerOnly: true })).keypair;
}

/** A hotkey, encrypted or plain. Fails as `openColdkey` does. */
export async function openHotkey(place: WalletPlace, hotkey: string, ask: AskPassword): Promise<Keypair> {
  return (await readKey(hotkeyFile(place, hotkey), ask)).keypair;
}

/** The SS58 address of the coldkey, from its public file: no password is needed. */
export async function coldkeyAddress(place: WalletPlace): Promise<string> {
  const origin = coldkeyPublicFile(place);
  return addressIn((await readKeyfile(origin)).toString("utf8"), origin);
}

export async function readKey(
  origin: KeyfileOrigin,
  ask: AskPassword,
  options: { ownerOnly?: boolean } = {},
): Promise<KeyMaterial> {
  const bytes = await readKeyfile(origin, options);
  const method = encryptionOf(bytes);
  const text =
    method === undefined
      ? bytes.toString("utf8")
      : await decryptKeyfile(bytes, method, await ask(origin), origin);
  return keyOf(text, origin);
}
