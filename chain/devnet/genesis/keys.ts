/** The accounts that a genesis names: public keys of its URIs and addresses. */
import { Failure } from "../../../protocol/failure.ts";
import { publicKeyOf, signerFromUri } from "../../keys/index.ts";
import { toHex } from "../../scale/hex.ts";
import type { AccountId } from "../declare/index.ts";
import type { Genesis } from "./genesis.ts";

/** By what the genesis calls it. */
export type Keys = ReadonlyMap<string, AccountId>;

/** Fails with `config` for a key that is neither an address nor a URI; the failure never repeats a mnemonic. */
export async function keysOf(genesis: Genesis): Promise<Keys> {
  const names = new Set([genesis.sudo, ...genesis.accounts.map(({ key }) => key)]);
  for (const { owner, ownerHotkey, neurons } of genesis.subnets) {
    names.add(owner);
    if (ownerHotkey !== undefined) names.add(ownerHotkey);
    for (const { hotkey, coldkey } of neurons) names.add(hotkey).add(coldkey);
  }
  return new Map(await Promise.all([...names].map(async (name) => [name, await accountOf(name)] as const)));
}

async function accountOf(name: string): Promise<AccountId> {
  const address = publicKeyOf(name);
  if (address !== undefined) return toHex(address);
  try {
    return toHex((await signerFromUri(name)).publicKey);
  } catch {
    // A mnemonic must not be told; a development URI may.
    const shown = name.startsWith("//") ? name : `${name.slice(0, 6)}…`;
    throw new Failure("config", `genesis: ${shown} is neither an address nor a secret URI`, {
      hint: "Use a development URI such as //Alice or //Val/hot, a mnemonic, or an SS58 address with prefix 42.",
    });
  }
}
