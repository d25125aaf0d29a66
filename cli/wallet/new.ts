/** `bun run wallet new NAME`: a coldkey with a hotkey, or one more hotkey for a wallet that exists. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { writeKeyfile } from "../../chain/keys/keyfile-storage.ts";
import { type KeyMaterial, keyFromUri, newKey } from "../../chain/keys/keypair.ts";
import { createColdkey, createHotkey, hasColdkey, repairColdkeyPublic } from "../../chain/wallet/index.ts";
import { hotkeyFile } from "../../chain/wallet/layout.ts";
import { Failure } from "../../protocol/failure.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { newPassword } from "./password.ts";
import { askFor, type WalletContext, type WalletReport } from "./verb.ts";

const MAX_SECRET_BYTES = 4_096;

export async function newWallet([name = ""]: string[], context: WalletContext): Promise<WalletReport> {
  const { root, hotkey, plain, passwordFile, env, phraseFile } = context;
  const place = { root, name };
  const rng = createSystemRng();
  if (existsSync(hotkeyFile(place, hotkey).path))
    throw new Failure("conflict", "The wallet has a hotkey of that name, and it is left as it is", {
      meta: { wallet: name, hotkey },
      hint: "Choose another with --hotkey NAME.",
    });
  await repairColdkeyPublic(place, askFor(context), rng);
  const withColdkey = !hasColdkey(place);
  if (!withColdkey && context.coldkeyFrom !== undefined)
    throw new Failure("conflict", "The wallet has a coldkey, and it is left as it is", {
      meta: { wallet: name },
      hint: "Choose another name for the wallet.",
    });
  const keys = {
    ...(withColdkey && { coldkey: await keyFor(context, context.coldkeyFrom) }),
    hotkey: await keyFor(context, context.hotkeyFrom),
  };
  const password = withColdkey && !plain ? await newPassword({ file: passwordFile, env }) : undefined;
  const phrases = phrasesOf(keys, context);
  // The phrases first: keys whose phrases could not be kept are not made.
  if (phraseFile !== undefined && phrases !== "")
    await writeKeyfile({ kind: "phrase", path: phraseFile }, `${phrases}\n`, { rng });
  if (keys.coldkey !== undefined) await createColdkey(place, keys.coldkey, { rng, password });
  await createHotkey(place, hotkey, keys.hotkey, { rng });
  const json = {
    wallet: name,
    root,
    ...(keys.coldkey && {
      coldkey: { address: keys.coldkey.keypair.hotkey, encrypted: password !== undefined },
    }),
    hotkey: { name: hotkey, address: keys.hotkey.keypair.hotkey },
  };
  const lines = [
    `wallet ${name} in ${root}`,
    ...(keys.coldkey === undefined
      ? []
      : [`coldkey  ${keys.coldkey.keypair.hotkey}  ${password === undefined ? "plain text" : "encrypted"}`]),
    `hotkey   ${keys.hotkey.keypair.hotkey}  ${hotkey}`,
    ...advice(phrases, context),
  ];
  return { ok: true, text: lines.join("\n"), json };
}

function advice(phrases: string, { phraseFile }: WalletContext): string[] {
  if (phrases === "") return [];
  if (phraseFile !== undefined) return [`The phrases are in ${phraseFile}: keep it away from this machine.`];
  if (!process.stdout.isTTY)
    return [
      "The phrases are shown on a terminal only, or written with --phrase-file FILE. Keep copies of the files.",
    ];
  return ["", "Write these words down: they are the only way back to the keys.", "", phrases];
}

/** The phrases that this machine has made; those that were given are with whoever gave them. */
function phrasesOf(keys: Record<string, KeyMaterial | undefined>, context: WalletContext): string {
  const given: Record<string, string | undefined> = {
    coldkey: context.coldkeyFrom,
    hotkey: context.hotkeyFrom,
  };
  return Object.entries(keys)
    .filter(([role, key]) => key?.phrase !== undefined && given[role] === undefined)
    .map(([role, key]) => `${role}: ${key?.phrase?.reveal()}`)
    .join("\n");
}

async function keyFor({ words }: WalletContext, path: string | undefined): Promise<KeyMaterial> {
  if (path === undefined) return newKey({ rng: createSystemRng(), words: words === "24" ? 24 : 12 });
  const bytes = await readFile(path).catch((thrown: NodeJS.ErrnoException) => {
    throw new Failure("config", `The file with the secret cannot be read: ${thrown.code}`, {
      meta: { path: path.slice(0, 256) },
      hint: "Check the path and its permissions.",
    });
  });
  if (bytes.length <= MAX_SECRET_BYTES) return keyFromUri(bytes.toString("utf8"));
  throw new Failure("config", `The file with the secret is larger than ${MAX_SECRET_BYTES} bytes`, {
    meta: { path: path.slice(0, 256) },
    hint: "It holds a phrase, a seed or a secret URI, and nothing else.",
  });
}
