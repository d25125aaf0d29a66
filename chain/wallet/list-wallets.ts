/** What lies in a folder of wallets, from public halves and plaintext addresses only: no password is needed. */
import { readdir, stat } from "node:fs/promises";
import { Failure } from "../../protocol/failure.ts";
import { type Encryption, encryptionOf } from "../keys/encryption.ts";
import { addressIn, type KeyfileOrigin } from "../keys/keyfile.ts";
import { readKeyfile } from "../keys/keyfile-storage.ts";
import {
  coldkeyFile,
  coldkeyPublicFile,
  hotkeyFile,
  hotkeyPublicFile,
  isKeyName,
  type WalletPlace,
  walletFolder,
} from "./layout.ts";

const MAX_WALLETS = 1_000;
const MAX_HOTKEYS = 1_000;
const OTHERS = 0o077;

/** One key of a wallet. `problem` is one line that says what is wrong with it. */
export interface KeyView {
  address?: string;
  /** `plain`, the method of encryption, or `absent`: only its public half is here. */
  stored: "plain" | "absent" | Encryption;
  problem?: string;
}

export interface WalletView {
  name: string;
  coldkey: KeyView;
  hotkeys: Record<string, KeyView>;
}

/** Every wallet under the root, by name; none when there is no such folder. Fails with `config` when it cannot be read. */
export async function listWallets(root: string): Promise<WalletView[]> {
  const names = (await folders(root)).slice(0, MAX_WALLETS);
  return Promise.all(names.map((name) => viewWallet({ root, name })));
}

/** One wallet. Fails with `not-found` when there is none of that name. */
export async function viewWallet(place: WalletPlace): Promise<WalletView> {
  const folder = walletFolder(place);
  if (!(await isFolder(folder)))
    throw new Failure("not-found", "There is no wallet of that name", {
      meta: { name: place.name, folder },
      hint: "List what there is: bun run wallet list. Make one: bun run wallet new NAME.",
    });
  const names = (await entries(`${folder}/hotkeys`)).filter(isKeyName).slice(0, MAX_HOTKEYS);
  const hotkeys = await Promise.all(
    names.map(async (hotkey) => {
      const view = await viewKey(hotkeyFile(place, hotkey), hotkeyPublicFile(place, hotkey));
      return [hotkey, view] as const;
    }),
  );
  return {
    name: place.name,
    coldkey: await viewKey(coldkeyFile(place), coldkeyPublicFile(place)),
    hotkeys: Object.fromEntries(hotkeys),
  };
}

async function viewKey(origin: KeyfileOrigin, publicOrigin: KeyfileOrigin): Promise<KeyView> {
  const found = await stat(origin.path).catch(() => undefined);
  if (found === undefined) return { stored: "absent", ...(await addressOf(publicOrigin)) };
  try {
    const bytes = await readKeyfile(origin);
    const method = encryptionOf(bytes);
    const address =
      method === undefined
        ? { address: addressIn(bytes.toString("utf8"), origin) }
        : await addressOf(publicOrigin);
    const open =
      (found.mode & OTHERS) === 0 ? {} : { problem: `others may read it: chmod 600 ${origin.path}` };
    return { stored: method ?? "plain", ...address, ...open };
  } catch (thrown) {
    return { stored: "plain", problem: Failure.from(thrown).message };
  }
}

async function addressOf(origin: KeyfileOrigin): Promise<Pick<KeyView, "address" | "problem">> {
  try {
    return { address: addressIn((await readKeyfile(origin)).toString("utf8"), origin) };
  } catch (thrown) {
    return { problem: Failure.from(thrown).message };
  }
}

async function folders(root: string): Promise<string[]> {
  const names = (await entries(root)).filter(isKeyName);
  const are = await Promise.all(names.map((name) => isFolder(`${root}/${name}`)));
  return names.filter((_, at) => are[at] === true);
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function entries(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return [];
    throw new Failure("config", `The folder cannot be read: ${code}`, {
      meta: { folder: folder.slice(0, 256) },
      hint: "Check the path and its permissions.",
    });
  }
}
