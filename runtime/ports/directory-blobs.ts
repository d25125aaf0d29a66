/** Blobs as files named by digest. A file under its final name is whole and on disk: written aside, synced, renamed. */
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { BlobRef } from "../../protocol/blob.ts";
import { Failure } from "../../protocol/failure.ts";
import { blobBytes, blobRefOf, checkedRef, corruptBlob, matches, missingBlob } from "./blob-limits.ts";
import type { Blobs } from "./blobs.ts";

/** Keeps blobs under `path/<2 hex digits>/<sha256>`. Disk trouble is a retryable `storage` failure. */
export function createDirectoryBlobs(options: { path: string }): Blobs {
  const folderOf = (ref: BlobRef): string => join(options.path, ref.sha256.slice(0, 2));
  const fileOf = (ref: BlobRef): string => join(folderOf(ref), ref.sha256);
  return {
    put: (data, { mediaType } = {}) =>
      onDisk(options.path, async () => {
        const bytes = blobBytes(data);
        const ref = blobRefOf(bytes, mediaType);
        if ((await sizeOf(fileOf(ref))) === ref.size) {
          // Whoever puts a blob counts on finding it: its time begins anew.
          const now = new Date();
          await utimes(fileOf(ref), now, now);
          return ref;
        }
        await mkdir(folderOf(ref), { recursive: true });
        await writeWhole(folderOf(ref), fileOf(ref), bytes);
        return ref;
      }),
    get: (given, { signal } = {}) =>
      onDisk(options.path, async () => {
        if (signal?.aborted)
          throw new Failure("cancelled", "the read was cancelled", { cause: signal.reason });
        const ref = checkedRef(given);
        // A reference with the right digest and a wrong size names nothing, and must not get a file removed.
        if ((await sizeOf(fileOf(ref))) !== ref.size) throw missingBlob(ref);
        const bytes = await readFile(fileOf(ref));
        if (matches(ref, bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        await rm(fileOf(ref), { force: true });
        throw corruptBlob(ref);
      }),
    has: (ref) => onDisk(options.path, async () => (await sizeOf(fileOf(checkedRef(ref)))) === ref.size),
    delete: (given) =>
      onDisk(options.path, async () => {
        const ref = checkedRef(given);
        if ((await sizeOf(fileOf(ref))) === ref.size) await rm(fileOf(ref), { force: true });
      }),
  };
}

/** Removes what was last put before `before` (milliseconds since the Unix epoch); returns how many blobs went. */
export function removeOldBlobs(options: { path: string; before: number }): Promise<number> {
  return onDisk(options.path, async () => {
    let removed = 0;
    for (const folder of await namesIn(options.path)) {
      for (const name of await namesIn(join(options.path, folder))) {
        const file = join(options.path, folder, name);
        // Parts of blobs that were never finished age like whole ones.
        if ((await stat(file)).mtimeMs >= options.before) continue;
        await rm(file, { force: true });
        removed++;
      }
    }
    return removed;
  });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function writeWhole(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  const aside = join(folder, `.${crypto.randomUUID()}.part`);
  try {
    const handle = await open(aside, "wx", 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, file);
  } catch (cause) {
    await rm(aside, { force: true });
    throw cause;
  }
  // The name itself must survive a power cut as well.
  const directory = await open(folder, "r");
  await directory.sync().finally(() => directory.close());
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure("storage", "the blob folder cannot be used", {
      meta: { path, reason: (cause as NodeJS.ErrnoException)?.code ?? String(cause) },
      hint: "Check that the folder is writable and has free space.",
      cause,
    });
  }
}
