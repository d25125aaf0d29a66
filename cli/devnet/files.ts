/** What `bun run devnet` reads and writes: genesis, metadata, and the chain's state. */
import { open, rename, rm } from "node:fs/promises";
import { fromHex } from "../../chain/scale/hex.ts";
import { Failure } from "../../protocol/failure.ts";

/** The real chain's metadata has 340 kB; a genesis of 10,000 accounts and 128 full subnets a few MB. */
const MAX_BYTES = 64 * 1024 * 1024;
/** A chain of thousands of blocks and tens of thousands of neurons stays below. */
const MAX_STATE_BYTES = 2 * 1024 * 1024 * 1024;

/** The genesis as it is written; checked where it is used. */
export async function readGenesisFile(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readBounded(path, "genesis", MAX_BYTES));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure("config", `genesis ${path} is not JSON: ${(cause as Error).message}`, {
      hint: "docs/devnet.md describes the format.",
      cause,
    });
  }
}

/** Metadata as a node's `state_getMetadata` gives it: hex, or the bytes themselves. */
export async function readMetadataFile(path: string): Promise<Uint8Array> {
  const bytes = await readBounded(path, "metadata", MAX_BYTES);
  if (new TextDecoder().decode(bytes.subarray(0, 4)) === "meta") return bytes;
  try {
    return fromHex(new TextDecoder().decode(bytes).trim());
  } catch (cause) {
    throw new Failure("config", `metadata ${path} is neither hex nor the bytes of metadata`, {
      hint: "Give what state_getMetadata answers: it begins with 0x6d657461.",
      cause,
    });
  }
}

/** The saved chain, or undefined when there is none yet. */
export async function readStateFile(path: string): Promise<Uint8Array | undefined> {
  if (!(await Bun.file(path).exists())) return undefined;
  return readBounded(path, "state", MAX_STATE_BYTES);
}

/** Written aside and renamed: a devnet that is killed leaves the old state or the new one, never half of it. */
export async function writeStateFile(path: string, bytes: Uint8Array): Promise<void> {
  const aside = `${path}.new`;
  try {
    const file = await open(aside, "w", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (cause) {
    await rm(aside, { force: true });
    throw new Failure("storage", `state ${path} cannot be written: ${(cause as Error).message}`, {
      hint: "Choose a place for --state that can be written.",
      cause,
    });
  }
}

async function readBounded(path: string, what: string, limit: number): Promise<Uint8Array> {
  const file = Bun.file(path);
  try {
    // A part of a file that is not there is empty, and no error.
    await file.stat();
    if (file.size > limit && file.size !== Number.POSITIVE_INFINITY) {
      throw new Failure("too-large", `${what} ${path} is larger than ${limit} bytes`);
    }
    return await file.slice(0, limit).bytes();
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure("config", `${what} ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
