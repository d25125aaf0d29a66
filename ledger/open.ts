/** Opens whichever ledger a URL or a path names; only that one is loaded. */
import { Failure } from "../protocol/failure.ts";
import type { Clock } from "../runtime/ports/clock.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerStore } from "./store.ts";
import { storedLedger } from "./stored-ledger.ts";

export const DEFAULT_LEDGER = "./.orrery/ledger.sqlite";

export interface OpenOptions {
  clock: Clock;
  /** SQLite only: the file never grows above this. */
  maxBytes?: number;
}

/** Opens `postgres://…` (or `postgresql://…`) or a SQLite file by path; `:memory:` for one that is forgotten. */
export async function openLedger(where: string, options: OpenOptions): Promise<Ledger> {
  return storedLedger(await openStore(where, options), options.clock);
}

/** What `openLedger` stands on; for tools that copy ledgers. */
export async function openStore(where: string, options: OpenOptions): Promise<LedgerStore> {
  if (isPostgres(where)) return (await import("./postgres.ts")).openPostgresStore({ url: where });
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(where)?.[1];
  if (scheme !== undefined)
    throw new Failure("config", "There is no ledger of this kind", {
      hint: "Give a path for SQLite, or a postgres:// URL",
      meta: { scheme },
    });
  return (await import("./sqlite.ts")).openSqliteStore({ ...options, path: where });
}

export const isPostgres = (where: string): boolean => /^postgres(ql)?:\/\//.test(where);
