/** A miner's user nkey, kept over restarts: a registry gives one hotkey only so many. */
import { readFile, writeFile } from "node:fs/promises";
import { createUser, fromSeed, type KeyPair } from "@nats-io/nkeys";
import { Failure } from "../../protocol/failure.ts";

/** Reads the seed at `path`, or makes one there for its owner's eyes only. Fails with `config`, never quoting it. */
export async function keptNkey(path: string): Promise<KeyPair> {
  const seed = await readFile(path).catch((thrown: unknown) => {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(path, "cannot be read");
  });
  if (seed === undefined) {
    const fresh = createUser();
    await writeFile(path, fresh.getSeed(), { mode: 0o600, flag: "wx" });
    return fresh;
  }
  try {
    const kept = fromSeed(seed);
    if (kept.getPublicKey().startsWith("U")) return kept;
  } catch {
    // Said below, without the library's error, which may quote the seed.
  }
  throw unreadable(path, "holds no user nkey");
}

const unreadable = (path: string, what: string): Failure =>
  new Failure("config", `the miner's nkey file ${what}`, {
    meta: { path },
    hint: "Remove it: the miner then enrols with a new one.",
  });
