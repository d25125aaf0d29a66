/** What a keyfile of bittensor-wallet holds once it is decrypted: one JSON object. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { Hotkey } from "../../protocol/ids.ts";
import { type KeyMaterial, keyFromPrivate, keyFromUri } from "./keypair.ts";
import { publicKeyOf, type Scheme } from "./verify.ts";

const hexOf = (bytes: number) => z.string().regex(new RegExp(`^(0x)?[0-9a-fA-F]{${bytes * 2}}$`));
const MAX_PHRASE = 512;

const Keyfile = z.object({
  ss58Address: Hotkey.nullish(),
  publicKey: hexOf(32).nullish(),
  secretPhrase: z.string().min(1).max(MAX_PHRASE).nullish(),
  secretSeed: hexOf(32).nullish(),
  privateKey: z.union([hexOf(64), hexOf(32)]).nullish(),
  /** 0 is ed25519; 1, and files older than the field, sr25519. */
  cryptoType: z.union([z.literal(0), z.literal(1)]).nullish(),
});
type Keyfile = z.infer<typeof Keyfile>;

export interface KeyfileOrigin {
  /** What it is called in a failure: `hotkey`, `coldkey` or `coldkeypub`. */
  kind: string;
  path: string;
}

/**
 * The key in the text of a keyfile, from the first of its secrets as bittensor-wallet takes them: phrase, seed, private
 * key. Fails with `config` in one line that names fields and never quotes what they hold, also when the key is not that
 * of the address beside it.
 */
export async function keyOf(text: string, origin: KeyfileOrigin): Promise<KeyMaterial> {
  const file = parse(text, origin);
  const address = file.ss58Address ?? undefined;
  const scheme = schemeOf(file);
  const secret = file.secretPhrase ?? (file.secretSeed == null ? undefined : prefixed(file.secretSeed));
  const key =
    secret === undefined
      ? await privateKeyOf(file, scheme, origin)
      : await keyFromUri(secret, scheme).catch(() => {
          throw unusable(origin, `has a ${file.secretPhrase == null ? "seed" : "phrase"} that is none`);
        });
  if (address !== undefined && key.keypair.hotkey !== address)
    throw unusable(origin, "has an ss58Address that is not the address of its secret", {
      ss58Address: address,
      derived: key.keypair.hotkey,
    });
  return key;
}

/** The address in the text of a public or plaintext keyfile, without touching its secrets. Fails like `keyOf`. */
export function addressIn(text: string, origin: KeyfileOrigin): string {
  const { ss58Address } = parse(text, origin);
  if (ss58Address == null || publicKeyOf(ss58Address) === undefined)
    throw unusable(origin, "has no valid ss58Address");
  return ss58Address;
}

/** The text that bittensor-wallet 4.1 writes for a key, or for its public half. */
export function keyfileText(key: KeyMaterial, part: "secret" | "public"): string {
  const { publicKey, hotkey, scheme } = key.keypair;
  const publicHex = `0x${Buffer.from(publicKey).toString("hex")}`;
  return JSON.stringify({
    accountId: publicHex,
    publicKey: publicHex,
    ...(part === "public"
      ? {}
      : {
          privateKey: key.privateKey.reveal(),
          ...(key.phrase === undefined ? {} : { secretPhrase: key.phrase.reveal() }),
          ...(key.seed === undefined ? {} : { secretSeed: key.seed.reveal() }),
        }),
    ss58Address: hotkey,
    cryptoType: scheme === "ed25519" ? 0 : 1,
  });
}

function parse(text: string, origin: KeyfileOrigin): Keyfile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unusable(origin, "is not JSON");
  }
  const file = Keyfile.safeParse(json);
  if (file.success) return file.data;
  // Paths of the fields only: messages of zod may quote what was found there.
  const fields = [...new Set(file.error.issues.map((issue) => issue.path.join(".") || "(root)"))];
  throw unusable(origin, `has no valid ${fields.join(", ")}`);
}

async function privateKeyOf(file: Keyfile, scheme: Scheme, origin: KeyfileOrigin): Promise<KeyMaterial> {
  if (file.privateKey == null)
    throw unusable(origin, "has no secret in it: no secretPhrase, secretSeed or privateKey");
  const publicKey = file.ss58Address == null ? hexBytes(file.publicKey ?? "") : publicKeyOf(file.ss58Address);
  if (publicKey === undefined || publicKey.length !== 32) throw unusable(origin, "has no valid ss58Address");
  const key = await keyFromPrivate(hexBytes(file.privateKey), publicKey, scheme);
  if (key === undefined)
    throw unusable(origin, "has an ss58Address that is not the address of its privateKey");
  return key;
}

const schemeOf = (file: Keyfile): Scheme => (file.cryptoType === 0 ? "ed25519" : "sr25519");
const prefixed = (hex: string): string => (hex.startsWith("0x") ? hex : `0x${hex}`);
const hexBytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/^0x/, ""), "hex"));

const unusable = ({ kind, path }: KeyfileOrigin, what: string, meta: Record<string, string> = {}): Failure =>
  new Failure("config", `The ${kind} file ${what}`, {
    meta: { path: path.slice(0, 256), ...meta },
    hint: "Restore it from its backup or from its phrase.",
  });
