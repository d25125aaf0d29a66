/** Keys that sign: sr25519 as Bittensor uses it, and ed25519, made from a secret URI or a private key. */
import {
  cryptoWaitReady,
  ed25519PairFromSeed,
  ed25519Sign,
  encodeAddress,
  keyExtractSuri,
  keyFromPath,
  mnemonicToMiniSecret,
  mnemonicValidate,
  sr25519PairFromSeed,
  sr25519Sign,
} from "@polkadot/util-crypto";
import { entropyToMnemonic } from "@polkadot/util-crypto/mnemonic/bip39";
import { Failure } from "../../protocol/failure.ts";
import type { Rng } from "../../runtime/ports/rng.ts";
import type { Signer } from "../chain.ts";
import { toEd25519Form, toPlainForm } from "./private-key.ts";
import { Secret } from "./secret.ts";
import { type Scheme, SS58_PREFIX, verifySignature } from "./verify.ts";

/** A signer with its public half. `hotkey` is its SS58 address, whichever role the key has. */
export interface Keypair extends Signer {
  readonly scheme: Scheme;
  readonly publicKey: Uint8Array;
}

/** A keypair with what is written down of it: hex with `0x`, or the words. */
export interface KeyMaterial {
  readonly keypair: Keypair;
  /** 64 bytes (sr25519, plain scalar) or 32 bytes (ed25519). */
  readonly privateKey: Secret;
  readonly seed?: Secret;
  readonly phrase?: Secret;
}

const DEV_PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
const SEED = /^0x[0-9a-fA-F]{64}$/;
const MAX_URI = 1_024;

/**
 * A key from a Substrate secret URI: seed or mnemonic (the development mnemonic when empty), then a path such as
 * `//Alice`. Fails with `config`; the failure never repeats the secret, nor keeps it as its cause.
 */
export async function keyFromUri(uri: string, scheme: Scheme = "sr25519"): Promise<KeyMaterial> {
  await cryptoWaitReady();
  if (uri.trim() === "" || uri.length > MAX_URI) throw notASecret();
  try {
    return fromUri(uri.trimStart().startsWith("/") ? `${DEV_PHRASE}${uri.trim()}` : uri.trim(), scheme);
  } catch {
    // The library's error may quote the mnemonic: it is dropped, not kept as the cause.
    throw notASecret();
  }
}

/** A new key from 128 (12 words) or 256 (24 words) bits of the given randomness. */
export async function newKey(options: { rng: Rng; words?: 12 | 24; scheme?: Scheme }): Promise<KeyMaterial> {
  const phrase = entropyToMnemonic(options.rng.bytes(options.words === 24 ? 32 : 16));
  return keyFromUri(phrase, options.scheme);
}

/**
 * The key of a private key (64 bytes for sr25519, 32 for ed25519) whose public key is known. An sr25519 key may be
 * written in either form; the one that signs for the public key is taken. Undefined when neither does.
 */
export async function keyFromPrivate(
  privateKey: Uint8Array,
  publicKey: Uint8Array,
  scheme: Scheme,
): Promise<KeyMaterial | undefined> {
  await cryptoWaitReady();
  if (scheme === "ed25519") {
    if (privateKey.length !== 32) return undefined;
    const pair = ed25519PairFromSeed(privateKey);
    return Buffer.from(pair.publicKey).equals(publicKey) ? material(pair, scheme) : undefined;
  }
  if (privateKey.length !== 64) return undefined;
  for (const secretKey of [toEd25519Form(privateKey), privateKey]) {
    const candidate = material({ publicKey, secretKey }, scheme);
    if (await signsForItself(candidate.keypair)) return candidate;
  }
  return undefined;
}

function fromUri(uri: string, scheme: Scheme): KeyMaterial {
  const { phrase, password, path } = keyExtractSuri(uri);
  const isSeed = SEED.test(phrase);
  const isDev = phrase === DEV_PHRASE && !password;
  // @polkadot's keyring takes any other text, padded, as the seed itself: a typo would be somebody's key.
  if (!isSeed && !isDev && !mnemonicValidate(phrase)) throw notASecret();
  const seed = isSeed
    ? Uint8Array.from(Buffer.from(phrase.slice(2), "hex"))
    : isDev
      ? devSeed()
      : mnemonicToMiniSecret(phrase, password);
  const root = scheme === "sr25519" ? sr25519PairFromSeed(seed) : ed25519PairFromSeed(seed);
  if (path.length > 0) return material(keyFromPath(root, path, scheme), scheme);
  // A phrase with a password of its own is not the whole secret: only the seed is.
  const told = isSeed || password ? {} : { phrase: new Secret(phrase) };
  return { ...material(root, scheme), seed: new Secret(hex(seed)), ...told };
}

let dev: Uint8Array | undefined;
/** Stretching the phrase costs milliseconds, and a devnet derives hundreds of keys from this one. */
function devSeed(): Uint8Array {
  dev ??= mnemonicToMiniSecret(DEV_PHRASE);
  return dev;
}

function material(pair: { publicKey: Uint8Array; secretKey: Uint8Array }, scheme: Scheme): KeyMaterial {
  const sign = scheme === "sr25519" ? sr25519Sign : ed25519Sign;
  return {
    keypair: {
      scheme,
      publicKey: Uint8Array.from(pair.publicKey),
      hotkey: encodeAddress(pair.publicKey, SS58_PREFIX),
      sign: async (message) => hex(sign(message, pair)),
    },
    privateKey: new Secret(
      hex(scheme === "sr25519" ? toPlainForm(pair.secretKey) : pair.secretKey.subarray(0, 32)),
    ),
  };
}

async function signsForItself({ hotkey, sign, scheme }: Keypair): Promise<boolean> {
  const probe = new TextEncoder().encode("orrery keyfile check");
  try {
    return await verifySignature(hotkey, probe, await sign(probe), scheme);
  } catch {
    return false; // the library refuses scalars that are none
  }
}

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

const notASecret = (): Failure =>
  new Failure("config", "The key is not a secret URI that can be read", {
    hint: "Use a development key like //Alice, a BIP39 mnemonic of 12 or 24 words, 0x and 64 hex digits, or the path of a hotkey file.",
  });
