/** Where the files of a wallet lie: `<root>/<name>/{coldkey,coldkeypub.txt,hotkeys/<hotkey>,hotkeys/<hotkey>pub.txt}`. */
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import type { KeyfileOrigin } from "../keys/keyfile.ts";

export const PUBLIC_SUFFIX = "pub.txt";
const NAME = /^[^\s./\\\p{C}][^/\\\p{C}]{0,63}$/u;

export interface WalletPlace {
  /** The folder of all wallets, as a rule `~/.bittensor/wallets`. */
  root: string;
  name: string;
}

/** Whether a wallet or a hotkey may be called so: one plain file name of at most 64 characters. */
export const isKeyName = (name: string): boolean => NAME.test(name) && !name.endsWith(PUBLIC_SUFFIX);

export const walletFolder = ({ root, name }: WalletPlace): string => join(root, checked("wallet", name));

export const coldkeyFile = (place: WalletPlace): KeyfileOrigin => ({
  kind: "coldkey",
  path: join(walletFolder(place), "coldkey"),
});

export const coldkeyPublicFile = (place: WalletPlace): KeyfileOrigin => ({
  kind: "coldkeypub",
  path: join(walletFolder(place), `coldkey${PUBLIC_SUFFIX}`),
});

export const hotkeyFile = (place: WalletPlace, hotkey: string): KeyfileOrigin => ({
  kind: "hotkey",
  path: join(walletFolder(place), "hotkeys", checked("hotkey", hotkey)),
});

export const hotkeyPublicFile = (place: WalletPlace, hotkey: string): KeyfileOrigin => ({
  kind: "hotkeypub",
  path: `${hotkeyFile(place, hotkey).path}${PUBLIC_SUFFIX}`,
});

function checked(what: string, name: string): string {
  if (isKeyName(name)) return name;
  throw new Failure("config", `That is no name for a ${what}`, {
    meta: { name: name.slice(0, 80) },
    hint: "A plain file name of at most 64 characters that does not begin with a dot or end in pub.txt.",
  });
}
