/** Writes wallets that every Bittensor client reads. Nothing that exists is ever overwritten. */
import { existsSync } from "node:fs";
import type { Rng } from "../../runtime/ports/rng.ts";
import { encryptKeyfile } from "../keys/encryption.ts";
import { type KeyfileOrigin, keyfileText } from "../keys/keyfile.ts";
import { writeKeyfile } from "../keys/keyfile-storage.ts";
import type { KeyMaterial } from "../keys/keypair.ts";
import type { Secret } from "../keys/secret.ts";
import {
  coldkeyFile,
  coldkeyPublicFile,
  hotkeyFile,
  hotkeyPublicFile,
  type WalletPlace,
  walletFolder,
} from "./layout.ts";
import { type AskPassword, readKey } from "./open-wallet.ts";

export interface WriteOptions {
  rng: Rng;
  /** Without one the file is plain text. */
  password?: Secret | undefined;
}

/** Whether there is a coldkey, or at least its public half (as on a machine that holds hotkeys only). */
export const hasColdkey = (place: WalletPlace): boolean =>
  existsSync(coldkeyFile(place).path) || existsSync(coldkeyPublicFile(place).path);

/** Writes `coldkey` and `coldkeypub.txt`. Fails with `conflict` when there is a coldkey, and with `storage`. */
export async function createColdkey(
  place: WalletPlace,
  key: KeyMaterial,
  options: WriteOptions,
): Promise<void> {
  await writeSecret(coldkeyFile(place), key, options);
  await writeKeyfile(coldkeyPublicFile(place), keyfileText(key, "public"), { rng: options.rng });
}

/** Writes `hotkeys/<hotkey>` and its public half. Fails with `conflict` when there is one, and with `storage`. */
export async function createHotkey(
  place: WalletPlace,
  hotkey: string,
  key: KeyMaterial,
  options: WriteOptions,
): Promise<void> {
  await writeSecret(hotkeyFile(place, hotkey), key, options);
  await writeKeyfile(hotkeyPublicFile(place, hotkey), keyfileText(key, "public"), {
    rng: options.rng,
    replace: true,
  });
}

/** Writes `coldkeypub.txt` again where a crash or a hand left only the coldkey. True when that was needed. */
export async function repairColdkeyPublic(place: WalletPlace, ask: AskPassword, rng: Rng): Promise<boolean> {
  if (!existsSync(walletFolder(place)) || !existsSync(coldkeyFile(place).path)) return false;
  if (existsSync(coldkeyPublicFile(place).path)) return false;
  const key = await readKey(coldkeyFile(place), ask, { ownerOnly: true });
  await writeKeyfile(coldkeyPublicFile(place), keyfileText(key, "public"), { rng });
  return true;
}

async function writeSecret(origin: KeyfileOrigin, key: KeyMaterial, options: WriteOptions): Promise<void> {
  const text = keyfileText(key, "secret");
  const { rng, password } = options;
  await writeKeyfile(origin, password === undefined ? text : await encryptKeyfile(text, password, rng), {
    rng,
  });
}
