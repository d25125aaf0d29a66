/** A model's folder, whole or not there: written beside its place, and moved there when it is done. */
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Failure } from "../../protocol/failure.ts";

export interface WriteFolderOptions<T> {
  folder: string;
  /** What will be written, about, in bytes. */
  bytes: number;
  write: (work: string) => Promise<T>;
  /** Whether what is in the folder now gives way. Default no. */
  replaces?: (written: T) => Promise<boolean> | boolean;
}

/** Where what gives way lies in the meantime. */
const REPLACED = "replaced";
const READABLE = 0o755;
/** What a crash left is older than the longest conversion, in milliseconds. */
const LEFT_MS = 6 * 3_600_000;

/** Fails with `storage` where there is no room or no leave to write, `conflict` for a folder that is there; then nothing is left. */
export async function writeFolder<T>(options: WriteFolderOptions<T>): Promise<T> {
  const { folder, bytes, write, replaces = () => false } = options;
  try {
    const work = await workFolder(folder);
    try {
      await checkRoom(work, bytes);
      const written = await write(work);
      if (await replaces(written)) await moveIfThere(folder, join(work, REPLACED));
      await rename(work, folder);
      await rm(join(folder, REPLACED), { recursive: true, force: true });
      return written;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  } catch (thrown) {
    throw understood(thrown, folder);
  }
}

async function workFolder(folder: string): Promise<string> {
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(`${folder}.`);
  await chmod(work, READABLE);
  const { mtimeMs: now } = await stat(work);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(folder)}.`)) continue;
    const left = join(parent, name);
    const { mtimeMs = now } = (await stat(left).catch(() => undefined)) ?? {};
    if (now - mtimeMs > LEFT_MS) await rm(left, { recursive: true, force: true });
  }
  return work;
}

/** Fails with `storage` where a folder that is there, or is to be made, has no room for so many bytes. */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
  const told = await statfs(folder).catch(() => undefined);
  if (told === undefined) return folder === dirname(folder) ? undefined : checkRoom(dirname(folder), bytes);
  const { bavail, bsize } = told;
  const free = bavail * bsize;
  // Some file systems do not tell.
  if (free >= bytes || bavail === 0) return;
  throw new Failure("storage", "there is not enough room for the model", {
    meta: { folder, needsMB: Math.ceil(bytes / 1e6), freeMB: Math.floor(free / 1e6) },
    hint: "Make space, or choose a folder on another disk with --dir.",
  });
}

async function moveIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== "ENOENT") throw thrown;
  });
}

/** What the file system refuses, as a failure that says what to do. */
function understood(thrown: unknown, folder: string): unknown {
  const { code = "", syscall } = thrown as NodeJS.ErrnoException;
  if (thrown instanceof Failure || !/^E[A-Z]+$/.test(code)) return thrown;
  if (syscall === "rename" && (code === "EEXIST" || code === "ENOTEMPTY")) {
    return new Failure("conflict", "there is a model in this folder already", {
      meta: { folder },
      hint: "Remove the folder, or give the model another name with --id.",
      cause: thrown,
    });
  }
  return new Failure("storage", "the model cannot be written", {
    meta: { folder, reason: code },
    hint: "Check that there is space and that the folder is writable, or choose another with --dir.",
    cause: thrown,
  });
}
