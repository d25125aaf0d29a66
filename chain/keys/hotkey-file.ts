/** The plaintext hotkey file that `btcli wallet new_hotkey` writes: JSON with the seed and the address. */
import { open } from "node:fs/promises";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { Hotkey } from "../../protocol/ids.ts";

export const HotkeyFile = z.object({
  ss58Address: Hotkey,
  secretSeed: z.string().regex(/^0x[0-9a-fA-F]{64}$/),
});
export type HotkeyFile = z.infer<typeof HotkeyFile>;

const MAX_BYTES = 16_384;
const ENCRYPTED = ["$NACL", "$ANSIBLE_VAULT", "gAAAAA"];

/** Reads and checks a hotkey file. Fails with `config` in one line that never quotes the contents. */
export async function readHotkeyFile(path: string): Promise<HotkeyFile> {
  const text = await readBounded(path);
  if (ENCRYPTED.some((magic) => text.startsWith(magic))) {
    throw unreadable(
      path,
      "is encrypted",
      "Write a plaintext hotkey: btcli wallet regen_hotkey --no-use-password.",
    );
  }
  const json = parseJson(text);
  if (json === undefined)
    throw unreadable(path, "is not JSON", "Point at ~/.bittensor/wallets/<wallet>/hotkeys/<hotkey>.");
  const file = HotkeyFile.safeParse(json);
  if (file.success) return file.data;
  // Paths of the fields only: messages of zod may quote what was found there.
  const fields = file.error.issues.map((issue) => issue.path.join(".") || "(root)").join(", ");
  throw unreadable(
    path,
    `has no valid ${fields}`,
    "It must hold ss58Address and secretSeed (0x and 64 hex digits).",
  );
}

async function readBounded(path: string): Promise<string> {
  try {
    const file = await open(path, "r");
    try {
      const buffer = Buffer.alloc(MAX_BYTES + 1);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      if (bytesRead > MAX_BYTES)
        throw unreadable(path, `is larger than ${MAX_BYTES} bytes`, "That is no hotkey file.");
      return buffer.toString("utf8", 0, bytesRead).trim();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unreadable";
    throw unreadable(path, `cannot be read: ${code}`, "Check the path and its permissions.");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unreadable = (path: string, what: string, hint: string): Failure =>
  new Failure("config", `The hotkey file ${what}`, { meta: { path: path.slice(0, 256) }, hint });
