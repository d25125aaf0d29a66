/** A hotkey that signs: from a `//Alice`-style URI, a mnemonic, a seed, or a bittensor hotkey file. */
import { Keyring } from "@polkadot/keyring";
import { cryptoWaitReady } from "@polkadot/util-crypto";
import { Failure } from "../../protocol/failure.ts";
import type { Signer } from "../chain.ts";
import { readHotkeyFile } from "./hotkey-file.ts";
import { SS58_PREFIX } from "./verify.ts";

const SEED = /^0x[0-9a-fA-F]{64}$/;
const MAX_URI = 1_024;

/**
 * A signer from whatever an operator may configure: `//Alice` (development key), `<mnemonic>//path`,
 * `0x<64 hex digits>` (seed), or else the path of a plaintext bittensor hotkey file.
 * Fails with `config`; no failure ever repeats the secret, nor keeps it as its cause.
 */
export async function loadSigner(source: string): Promise<Signer> {
  return isSecretUri(source) ? signerFromUri(source) : signerFromFile(source);
}

/** A signer from a Substrate secret URI: seed or mnemonic (the development mnemonic when empty), then a path. */
export async function signerFromUri(uri: string): Promise<Signer> {
  await cryptoWaitReady();
  if (uri.trim() === "" || uri.length > MAX_URI) throw notASecret();
  try {
    const pair = new Keyring({ type: "sr25519", ss58Format: SS58_PREFIX }).createFromUri(uri.trim());
    return {
      hotkey: pair.address,
      sign: async (message) => `0x${Buffer.from(pair.sign(message)).toString("hex")}`,
    };
  } catch {
    // The library's error may quote the mnemonic: it is dropped, not kept as the cause.
    throw notASecret();
  }
}

/** A signer from a plaintext bittensor hotkey file; fails with `config` when its address is not its seed's. */
export async function signerFromFile(path: string): Promise<Signer> {
  const file = await readHotkeyFile(path);
  const signer = await signerFromUri(file.secretSeed);
  if (signer.hotkey !== file.ss58Address) {
    throw new Failure("config", `The hotkey file's ss58Address is not the address of its secretSeed`, {
      meta: { path, ss58Address: file.ss58Address, derived: signer.hotkey },
      hint: "Restore the file from its backup; it was edited or mixed up.",
    });
  }
  return signer;
}

/** A file path never begins with `//` here, has no blanks between words, and is not a bare seed. */
const isSecretUri = (source: string): boolean =>
  source.startsWith("//") || SEED.test(source) || source.trim().split(/\s+/).length >= 12;

const notASecret = (): Failure =>
  new Failure("config", "The hotkey is not a secret URI that can be read", {
    hint: "Use a development key like //Alice, a BIP39 mnemonic of 12 or 24 words, 0x and 64 hex digits, or the path of a hotkey file.",
  });
