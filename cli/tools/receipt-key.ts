/** The key that signs receipts on a node without a hotkey, kept over restarts. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { keyFromUri } from "../../chain/keys/index.ts";
import { Failure } from "../../protocol/failure.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import type { ReceiptSigner } from "../../sandbox/tools/receipt-chain.ts";

/** Reads the seed at `path`, or makes one there for its owner's eyes only. Fails with `config`, never quoting it. */
export async function keptReceiptKey(path: string): Promise<ReceiptSigner> {
  const kept = await readFile(path, "utf8").catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return undefined;
    throw unreadable(path, `cannot be read: ${thrown.code}`);
  });
  const seed = kept?.trim() ?? `0x${Buffer.from(createSystemRng().bytes(32)).toString("hex")}`;
  if (kept === undefined) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${seed}\n`, { mode: 0o600, flag: "wx" });
  }
  if (!/^0x[0-9a-f]{64}$/.test(seed)) throw unreadable(path, "holds no seed");
  return (await keyFromUri(seed)).keypair;
}

const unreadable = (path: string, what: string): Failure =>
  new Failure("config", `the key of receipts ${what}`, {
    meta: { path: path.slice(0, 256) },
    hint: "Remove it: receipts are then signed with a new one, and old ones stay what they are.",
  });
