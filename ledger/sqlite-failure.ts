/** What SQLite's errors mean for the caller. */
import { SQLiteError } from "bun:sqlite";
import { Failure, type FailureCode } from "../protocol/failure.ts";

const MEANING: readonly [prefix: string, code: FailureCode, message: string, hint: string][] = [
  [
    "SQLITE_FULL",
    "storage",
    "There is no space left for the ledger",
    "Free space on its disk, or raise its maxBytes; nothing of this append was written, repeat it then",
  ],
  [
    "SQLITE_IOERR",
    "storage",
    "The ledger's disk does not read or write",
    "Check the disk and its free space; the append may be repeated as it is",
  ],
  [
    "SQLITE_READONLY",
    "storage",
    "The ledger's file may not be written",
    "Check the owner and the mode of the file and its folder",
  ],
  ["SQLITE_CANTOPEN", "config", "The ledger's file cannot be opened", "Check the path and its permissions"],
  [
    "SQLITE_BUSY",
    "unavailable",
    "Another process holds the ledger for too long",
    "Try again; look for a stuck process when it stays so",
  ],
  [
    "SQLITE_CORRUPT",
    "corrupt",
    "The ledger's file is damaged",
    "Run `bun run ledger verify`, then restore a backup",
  ],
  ["SQLITE_NOTADB", "corrupt", "This file is not a ledger", "Check the path, or restore a backup to it"],
];

/** Any error thrown by bun:sqlite (or wrapped by drizzle) as a Failure. */
export function sqliteFailure(thrown: unknown, path: string): Failure {
  if (thrown instanceof Failure) return thrown;
  const error = thrown instanceof Error && thrown.cause instanceof SQLiteError ? thrown.cause : thrown;
  if (!(error instanceof SQLiteError)) return Failure.from(thrown);
  const sqlite = error.code ?? "unknown";
  const found = MEANING.find(([prefix]) => sqlite.startsWith(prefix));
  if (found === undefined)
    return new Failure("defect", error.message, { cause: error, meta: { sqlite, path } });
  const [, code, message, hint] = found;
  return new Failure(code, message, { hint, cause: error, meta: { sqlite, path } });
}
