/** A store in one SQLite file: every `put` is on disk when it returns (WAL, synchronous FULL). */
import { Database } from "bun:sqlite";
import { Failure } from "../../protocol/failure.ts";
import type { Store } from "./store.ts";
import { checkedKey, checkedValue, closedStore } from "./store-limits.ts";

/** Opens or creates the file. Fails with `storage` when it cannot, also later when the disk is full. */
export function createSqliteStore(options: { path: string }): Store {
  const database = attempt(options.path, () => {
    const opened = new Database(options.path, { create: true, strict: true });
    opened.run("PRAGMA journal_mode = WAL");
    opened.run("PRAGMA synchronous = FULL");
    opened.run("PRAGMA busy_timeout = 5000");
    opened.run(
      "CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    );
    return opened;
  });
  const select = database.query<{ value: Uint8Array }, [string]>("SELECT value FROM entries WHERE key = ?");
  const upsert = database.query<unknown, [string, Uint8Array]>(
    "INSERT OR REPLACE INTO entries VALUES (?, ?)",
  );
  const remove = database.query<unknown, [string]>("DELETE FROM entries WHERE key = ?");
  const range = database.query<{ key: string }, [string, string, number]>(
    "SELECT key FROM entries WHERE key >= ? AND key < ? ORDER BY key LIMIT ?",
  );
  let closed = false;
  const use = <T>(work: () => T): T => {
    if (closed) throw closedStore();
    return attempt(options.path, work);
  };
  return {
    get: (key) => use(() => select.get(checkedKey(key))?.value),
    put: (key, value) => use(() => void upsert.run(checkedKey(key), checkedValue(key, value))),
    delete: (key) => use(() => void remove.run(checkedKey(key))),
    // Keys are printable ASCII, so DEL ends every range of keys that share a prefix.
    list: (prefix, limit) => use(() => range.all(prefix, `${prefix}\x7f`, limit).map((row) => row.key)),
    close() {
      if (closed) return;
      closed = true;
      for (const statement of [select, upsert, remove, range]) statement.finalize();
      database.close();
    },
  };
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure("storage", "the node's store cannot be used", {
      meta: { path, reason: cause instanceof Error ? cause.message : String(cause) },
      hint: "Check that the folder exists, is writable, and has free space.",
      cause,
    });
  }
}
