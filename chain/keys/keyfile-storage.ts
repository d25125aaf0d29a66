/** Keyfiles on disk: read within bounds, written whole or not at all, for their owner only. */
import { constants } from "node:fs";
import { type FileHandle, link, mkdir, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import type { Rng } from "../../runtime/ports/rng.ts";
import type { KeyfileOrigin } from "./keyfile.ts";

const MAX_BYTES = 16_384;
const OTHERS = 0o077;

/**
 * The bytes of a keyfile. Fails with `config`: unreadable, no plain file, too large; and, with `ownerOnly`, when
 * anybody but its owner has rights to it.
 */
export async function readKeyfile(
  origin: KeyfileOrigin,
  options: { ownerOnly?: boolean } = {},
): Promise<Buffer> {
  const { kind, path } = origin;
  const refuse = (what: string, hint: string): Failure =>
    new Failure("config", `The ${kind} file ${what}`, { meta: { path: path.slice(0, 256) }, hint });
  let file: FileHandle | undefined;
  try {
    // Without blocking: a pipe in its place must not hold the caller.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile())
      throw refuse(`cannot be read: ${found.isDirectory() ? "EISDIR" : "no plain file"}`, "Check the path.");
    if (options.ownerOnly === true && (found.mode & OTHERS) !== 0) {
      const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
      throw refuse(`can be read or written by others (mode ${mode})`, `Run: chmod 600 ${quoted(path)}`);
    }
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead > MAX_BYTES) throw refuse(`is larger than ${MAX_BYTES} bytes`, `That is no ${kind} file.`);
    return buffer.subarray(0, bytesRead);
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    throw refuse(`cannot be read: ${codeOf(thrown)}`, "Check the path and its permissions.");
  } finally {
    await file?.close();
  }
}

/**
 * Writes a keyfile with mode 0600 into folders with mode 0700, in one step: a crash leaves the old state or the new.
 * Fails with `conflict` when there is a file, unless `replace`, and with `storage` when the disk refuses.
 */
export async function writeKeyfile(
  origin: KeyfileOrigin,
  bytes: Uint8Array | string,
  options: { rng: Rng; replace?: boolean },
): Promise<void> {
  const { kind, path } = origin;
  const folder = dirname(path);
  const fresh = join(folder, `.${basename(path)}.${Buffer.from(options.rng.bytes(6)).toString("hex")}.tmp`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      const file = await open(fresh, "wx", 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      // A link fails where a file is; a rename would replace it.
      await (options.replace === true ? rename(fresh, path) : link(fresh, path));
    } finally {
      await unlink(fresh).catch(() => {}); // gone already after a rename
    }
    await synced(folder);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === "EEXIST")
      throw new Failure("conflict", `There is a ${kind} file already, and it is left as it is`, {
        meta: { path: path.slice(0, 256) },
        hint: "Choose another name, or move that file away.",
      });
    throw new Failure("storage", `The ${kind} file cannot be written: ${code}`, {
      meta: { path: path.slice(0, 256) },
      hint: "Check the folder, its permissions and the space on the disk.",
    });
  }
}

async function synced(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const quoted = (path: string): string =>
  /^[\w./~@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

/** The system's short code only: the rest of the error adds nothing, and what it quotes is not ours to show. */
const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown error";
