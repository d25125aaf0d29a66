/** `bun run wallet sign NAME` and `verify NAME|ADDRESS SIGNATURE`, over the plain bytes of a text, a file or a pipe. */
import { open } from "node:fs/promises";
import { publicKeyOf, verifySignature } from "../../chain/keys/verify.ts";
import { coldkeyAddress, openColdkey, openHotkey, viewWallet } from "../../chain/wallet/index.ts";
import { Failure } from "../../protocol/failure.ts";
import { askFor, type WalletContext, type WalletReport } from "./verb.ts";

const MAX_MESSAGE_BYTES = 64 * 1_048_576;
const SIGNATURE = /^(?:0x)?([0-9a-fA-F]{128})$/;

export async function signMessage([name = ""]: string[], context: WalletContext): Promise<WalletReport> {
  const message = await messageOf(context);
  const place = { root: context.root, name };
  const ask = askFor(context);
  const key = context.coldkey ? await openColdkey(place, ask) : await openHotkey(place, context.hotkey, ask);
  const signature = await key.sign(message);
  return { ok: true, text: signature, json: { address: key.hotkey, scheme: key.scheme, signature } };
}

/** With an address the scheme is unknown: a signature of either counts, as the key's owner must have made it. */
export async function verifyMessage(
  [whose = "", given = ""]: string[],
  context: WalletContext,
): Promise<WalletReport> {
  const [, digits] = SIGNATURE.exec(given) ?? [];
  if (digits === undefined)
    throw new Failure("config", "That is no signature", { hint: "It has 128 hex digits, after 0x or bare." });
  const address = publicKeyOf(whose) === undefined ? await addressOf(whose, context) : whose;
  const message = await messageOf(context);
  const signature = `0x${digits.toLowerCase()}`;
  const valid =
    (await verifySignature(address, message, signature)) ||
    (await verifySignature(address, message, signature, "ed25519"));
  return {
    ok: valid,
    text: valid ? `valid: signed by ${address}` : `NOT valid: ${address} did not sign these bytes`,
    json: { valid, address },
  };
}

async function addressOf(name: string, { root, coldkey, hotkey }: WalletContext): Promise<string> {
  if (coldkey) return coldkeyAddress({ root, name });
  const { hotkeys } = await viewWallet({ root, name });
  const address = Object.hasOwn(hotkeys, hotkey) ? hotkeys[hotkey]?.address : undefined;
  if (address !== undefined) return address;
  throw new Failure("not-found", "The wallet has no hotkey of that name with an address", {
    meta: { wallet: name, hotkey },
    hint: "See what it has: bun run wallet show NAME.",
  });
}

async function messageOf({ message, file }: WalletContext): Promise<Uint8Array> {
  if (message !== undefined) return new TextEncoder().encode(message);
  if (file !== undefined && file !== "-") return contentsOf(file);
  if (process.stdin.isTTY)
    throw new Failure("config", "There is nothing to sign", {
      hint: "Give --message TEXT or --file FILE, or pipe it in.",
    });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of Bun.stdin.stream()) {
    size += chunk.length;
    if (size > MAX_MESSAGE_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function contentsOf(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, "r");
    try {
      if ((await file.stat()).size > MAX_MESSAGE_BYTES) throw tooLarge();
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    throw new Failure("config", `The file cannot be read: ${(thrown as NodeJS.ErrnoException).code}`, {
      meta: { path: path.slice(0, 256) },
      hint: "Check the path and its permissions.",
    });
  }
}

const tooLarge = (): Failure =>
  new Failure("too-large", `The message is larger than ${MAX_MESSAGE_BYTES} bytes`, {
    hint: "Sign its hash instead.",
  });
