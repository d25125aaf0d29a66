/** Backup and restore: consistent while the ledger is in use, checked before anything is replaced. */
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, open, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { Failure } from "../protocol/failure.ts";
import type { Clock } from "../runtime/ports/clock.ts";
import { type Copied, linesOf, loadLines, MAX_LINE_CHARS, type OnProgress } from "./backup-lines.ts";
import { isPostgres, openStore } from "./open.ts";
import { openSqliteStore } from "./sqlite.ts";
import { sqliteFailure } from "./sqlite-failure.ts";

const WRITE_CHARS = 1 << 20;

export interface BackupOptions {
  /** The ledger: a path or a postgres:// URL. */
  ledger: string;
  /** The backup's path: `….jsonl` for portable lines, anything else for a SQLite file. */
  file: string;
  clock: Clock;
  /** Replace what is there. */
  force: boolean;
  onProgress?: OnProgress;
}

/**
 * Writes a checked, consistent copy of the ledger, also while others append to it.
 * @throws Failure `conflict` (the file exists), `corrupt` (the chain is broken), `config`, `storage`.
 */
export async function backup(options: BackupOptions): Promise<Copied> {
  const { ledger, file, force } = options;
  if (existsSync(file) && !force)
    throw new Failure("conflict", "The backup's file exists already", {
      hint: "Choose another name, or add --force",
      meta: { file },
    });
  const lines = file.endsWith(".jsonl");
  if (!lines && isPostgres(ledger))
    throw new Failure("config", "PostgreSQL is backed up as lines of JSON", {
      hint: "Give the file a name that ends with .jsonl; it restores into either store",
      meta: { file },
    });
  await mkdir(dirname(file), { recursive: true });
  return beside(file, async (folder) => {
    const fresh = join(folder, "backup");
    const copied = lines ? await writeLines(options, fresh) : await vacuumInto(options, fresh);
    await durable(fresh);
    await rename(fresh, file);
    return copied;
  });
}

/**
 * Replaces a ledger by a backup, all or nothing; the backup's chain is checked before.
 * @returns what was restored, and where the replaced SQLite file went.
 * @throws Failure `conflict` (there is a ledger and no `force`, or it is in use), `corrupt` (the backup), `storage`.
 */
export async function restore(options: BackupOptions): Promise<Copied & { replaced?: string }> {
  const { ledger, file, clock, force, onProgress } = options;
  if (!existsSync(file))
    throw new Failure("not-found", "There is no such backup", { hint: "Check the path", meta: { file } });
  if (isPostgres(ledger)) {
    const store = await openStore(ledger, { clock });
    try {
      if ((await store.head()).seq > 0 && !force) throw occupied(ledger);
      return await beside(join(tmpdir(), "orrery-restore"), (folder) =>
        store.replace((loader) =>
          withLines(options, folder, (lines) => loadLines(lines, loader, onProgress)),
        ),
      );
    } finally {
      await store.close();
    }
  }
  if (existsSync(ledger) && !force) throw occupied(ledger);
  await mkdir(dirname(ledger), { recursive: true });
  return beside(ledger, async (folder) => {
    const fresh = join(folder, "ledger.sqlite");
    const store = openSqliteStore({ path: fresh, clock });
    let copied: Copied;
    try {
      copied = await store.replace((loader) =>
        withLines(options, folder, (lines) => loadLines(lines, loader, onProgress)),
      );
    } finally {
      await store.close();
    }
    await durable(fresh);
    const replaced = await setAside(ledger, clock);
    await rename(fresh, ledger);
    return { ...copied, ...(replaced !== undefined && { replaced }) };
  });
}

async function writeLines({ ledger, clock, onProgress }: BackupOptions, to: string): Promise<Copied> {
  const store = await openStore(ledger, { clock });
  const file = await open(to, "wx");
  let pending = "";
  const write = async () => {
    await file.writeFile(pending);
    pending = "";
  };
  try {
    const copied = await store.snapshot((snapshot) =>
      consume(linesOf(snapshot, clock.now(), onProgress), (line) => {
        pending += `${line}\n`;
        return pending.length > WRITE_CHARS ? write() : undefined;
      }),
    );
    await write();
    return copied;
  } finally {
    await file.close();
    await store.close();
  }
}

/** SQLite's own copy of a consistent view, then checked from its first event to its last. */
async function vacuumInto({ ledger, clock, onProgress }: BackupOptions, to: string): Promise<Copied> {
  const database = new Database(ledger, { readwrite: true, create: false });
  try {
    database.run("PRAGMA busy_timeout = 5000");
    database.run("VACUUM INTO ?", [to]);
  } catch (thrown) {
    throw sqliteFailure(thrown, ledger);
  } finally {
    database.close();
  }
  const store = openSqliteStore({ path: to, clock });
  try {
    return await store.snapshot((snapshot) =>
      consume(linesOf(snapshot, clock.now(), onProgress), () => undefined),
    );
  } finally {
    await store.close();
  }
}

/** Gives `use` the lines of a backup of either kind. A SQLite file is copied first: reading would write beside it. */
async function withLines<T>(
  { file, clock }: BackupOptions,
  folder: string,
  use: (lines: AsyncIterable<string>) => Promise<T>,
): Promise<T> {
  const start = await Bun.file(file).slice(0, 15).text();
  if (start !== "SQLite format 3") return use(splitLines(Bun.file(file).stream()));
  const copy = join(folder, "source.sqlite");
  await copyFile(file, copy);
  const store = openSqliteStore({ path: copy, clock });
  try {
    return await store.snapshot((snapshot) => use(linesOf(snapshot, clock.now())));
  } finally {
    await store.close();
  }
}

async function consume(
  lines: AsyncGenerator<string, Copied>,
  each: (line: string) => Promise<void> | undefined,
): Promise<Copied> {
  for (;;) {
    const { done, value } = await lines.next();
    if (done) return value;
    await each(value);
  }
}

async function* splitLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: false });
  let rest = "";
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    if (rest.length > MAX_LINE_CHARS) break; // refused as no line of a backup
  }
  if (rest !== "") yield rest;
}

/** Moves a ledger out of the way, unless somebody works with it. */
async function setAside(path: string, clock: Clock): Promise<string | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const database = new Database(path, { readwrite: true, create: false });
    // Leaving write-ahead mode needs the file alone, and folds what lies beside it into it.
    const mode = database.query<{ journal_mode: string }, []>("PRAGMA journal_mode = DELETE").get();
    database.close();
    if (mode?.journal_mode !== "delete") throw inUse(path);
  } catch (thrown) {
    const failure = sqliteFailure(thrown, path);
    if (failure.code === "unavailable") throw inUse(path);
    if (failure.code !== "corrupt") throw failure; // a damaged one is what restores are for
  }
  const aside = `${path}.replaced-${new Date(clock.now()).toISOString().replaceAll(":", "")}`;
  for (const suffix of ["-wal", "-shm", ""])
    if (existsSync(path + suffix)) await rename(path + suffix, aside + suffix);
  return aside;
}

/** A temporary folder on the same file system, so that a rename puts the result in place at once. */
async function beside<T>(path: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(dirname(path), `.${basename(path)}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function durable(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

const occupied = (ledger: string): Failure =>
  new Failure("conflict", "There is a ledger already", {
    hint: "Stop what uses it, then add --force to replace it",
    meta: { ledger: isPostgres(ledger) ? "postgres" : ledger },
  });
const inUse = (ledger: string): Failure =>
  new Failure("conflict", "The ledger is in use", {
    hint: "Stop the nodes that use it first",
    meta: { ledger },
  });
