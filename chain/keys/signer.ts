/** A hotkey that signs: from a `//Alice`-style URI, a mnemonic, a seed, or a bittensor hotkey file. */
import { Failure } from "../../protocol/failure.ts";
import { Hotkey } from "../../protocol/ids.ts";
import type { Signer } from "../chain.ts";
import { readHotkeyFile } from "./hotkey-file.ts";
import { type Keypair, keyFromUri } from "./keypair.ts";

const SEED = /^0x[0-9a-fA-F]{64}$/;

/**
 * A signer from whatever an operator may configure: `//Alice` (development key), `<mnemonic>//path`,
 * `0x<64 hex digits>` (seed), or else the path of a plaintext bittensor hotkey file.
 * Fails with `config`; no failure ever repeats the secret, nor keeps it as its cause.
 */
export async function loadSigner(source: string): Promise<Signer> {
  if (isSecretUri(source)) return signerFromUri(source);
  return readHotkeyFile(source).catch((cause: unknown) => {
    if (!Hotkey.safeParse(source).success) throw cause;
    throw new Failure("config", "This is the address of a key, and nobody can sign with that", {
      meta: { address: source },
      hint: "Give the file of the hotkey: ~/.bittensor/wallets/NAME/hotkeys/NAME.",
      cause,
    });
  });
}

/** A signer from a Substrate secret URI: seed or mnemonic (the development mnemonic when empty), then a path. */
export async function signerFromUri(uri: string): Promise<Keypair> {
  return (await keyFromUri(uri)).keypair;
}

/** A file path never begins with `//` here, has no blanks between words, and is not a bare seed. */
const isSecretUri = (source: string): boolean =>
  source.startsWith("//") || SEED.test(source) || source.trim().split(/\s+/).length >= 12;
