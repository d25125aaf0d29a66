/** Migrations, forward only: drizzle's files and journal, applied by us because drizzle's own runner takes no lock. */
import { readMigrationFiles } from "drizzle-orm/migrator";
import { Failure } from "../protocol/failure.ts";

export interface Migration {
  hash: string;
  /** When it was generated: their order. */
  createdAt: number;
  statements: readonly string[];
}

export const migrationsOf = (store: "sqlite" | "postgres"): Migration[] =>
  readMigrationFiles({ migrationsFolder: `${import.meta.dir}/migrations/${store}` }).map((file) => ({
    hash: file.hash,
    createdAt: file.folderMillis,
    statements: file.sql.map((statement) => statement.trim()).filter((statement) => statement !== ""),
  }));

/**
 * What is still to be applied.
 * @throws Failure `config` when a newer program has changed the schema already.
 */
export function pendingMigrations(all: readonly Migration[], applied: number | undefined): Migration[] {
  const newest = all.at(-1)?.createdAt ?? 0;
  if (applied !== undefined && applied > newest)
    throw new Failure("config", "The ledger was written by a newer version of Orrery", {
      hint: "Run that version or a later one; a ledger is never taken back to an older schema",
      meta: { schema: new Date(applied).toISOString(), known: new Date(newest).toISOString() },
    });
  return all.filter((migration) => applied === undefined || migration.createdAt > applied);
}
