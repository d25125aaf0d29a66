/** One connection to a ledger's SQLite file: settings that make a commit durable, transactions, migrations. */
import type { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { Failure } from "../protocol/failure.ts";
import { migrationsOf, pendingMigrations } from "./migrate.ts";
import { ClosingDatabase } from "./sqlite-database.ts";
import { sqliteFailure } from "./sqlite-failure.ts";

export const MEMORY = ":memory:";
const BUSY_MS = 5_000;

export interface SqliteOptions {
  /** A file, created when missing with its folder, or `:memory:`. */
  path: string;
  /** The file never grows above this; appends then fail with `storage`. Unbounded when omitted. */
  maxBytes?: number;
}

/** Opens the file, in WAL mode with an fsync per commit, and brings its schema up to date. */
export function openSqlite({ path, maxBytes }: SqliteOptions): Database {
  let database: Database | undefined;
  try {
    if (path !== MEMORY) mkdirSync(dirname(path), { recursive: true });
    database = new ClosingDatabase(path, { create: true, readwrite: true, strict: true });
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    const mode = database.query<{ journal_mode: string }, []>("PRAGMA journal_mode = WAL").get();
    if (path !== MEMORY && mode?.journal_mode !== "wal")
      throw new Failure("config", "The ledger's file system does not offer write-ahead logging", {
        hint: "Put the ledger on a local disk, not on a network share",
        meta: { path, mode: mode?.journal_mode ?? "none" },
      });
    database.run("PRAGMA synchronous = FULL");
    database.run("PRAGMA journal_size_limit = 67108864");
    if (maxBytes !== undefined) {
      const size = database.query<{ page_size: number }, []>("PRAGMA page_size").get()?.page_size ?? 4_096;
      database.run(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / size))}`);
    }
    migrate(database);
    return database;
  } catch (thrown) {
    database?.close();
    throw sqliteFailure(thrown, path);
  }
}

/** Runs `work` holding the write lock from its first statement on, so that what it reads stays true until it commits. */
export function immediately<T>(database: Database, work: () => T): T {
  database.run("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.run("COMMIT");
    return result;
  } catch (thrown) {
    // SQLite has rolled back by itself after some errors, e.g. a full disk.
    if (database.inTransaction) database.run("ROLLBACK");
    throw thrown;
  }
}

function migrate(database: Database): void {
  const all = migrationsOf("sqlite");
  // Without the lock first: a busy ledger can be opened, and a full disk can be read.
  if (pendingMigrations(all, applied(database)).length === 0) return;
  immediately(database, () => {
    database.run(
      "CREATE TABLE IF NOT EXISTS ledger_migrations (created_at INTEGER PRIMARY KEY, hash TEXT NOT NULL)",
    );
    for (const migration of pendingMigrations(all, applied(database))) {
      for (const statement of migration.statements) database.run(statement);
      database.run("INSERT INTO ledger_migrations VALUES (?, ?)", [migration.createdAt, migration.hash]);
    }
  });
}

function applied(database: Database): number | undefined {
  if (!database.query("SELECT 1 FROM sqlite_master WHERE name = 'ledger_migrations'").get()) return undefined;
  const newest = database.query<{ at: number | null }, []>(
    "SELECT max(created_at) AS at FROM ledger_migrations",
  );
  return newest.get()?.at ?? undefined;
}
