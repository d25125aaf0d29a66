/** The plaintext hotkey file that `btcli wallet new_hotkey` writes. */
import { Failure } from "../../protocol/failure.ts";
import { encryptionOf } from "./encryption.ts";
import { keyOf } from "./keyfile.ts";
import { readKeyfile } from "./keyfile-storage.ts";
import type { Keypair } from "./keypair.ts";

/** Reads and checks a hotkey file. Fails with `config` in one line that never quotes the contents. */
export async function readHotkeyFile(path: string): Promise<Keypair> {
  const origin = { kind: "hotkey", path };
  const bytes = await readKeyfile(origin);
  if (encryptionOf(bytes) !== undefined)
    throw new Failure("config", "The hotkey file is encrypted", {
      meta: { path: path.slice(0, 256) },
      hint: "Write a plaintext hotkey: btcli wallet regen_hotkey --no-use-password.",
    });
  return (await keyOf(bytes.toString("utf8"), origin)).keypair;
}
