/** Tables of the SQLite ledger. After a change: `bun --bun drizzle-kit generate --config ledger/drizzle.sqlite.ts`. */
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export const events = sqliteTable(
  "ledger_events",
  {
    seq: integer().primaryKey(),
    at: integer().notNull(),
    subnet: text().notNull(),
    type: text().notNull(),
    key: text().notNull(),
    /** Canonical JSON, the very text that was hashed. */
    body: text().notNull(),
    prev: text().notNull(),
    hash: text().notNull(),
  },
  (table) => [
    uniqueIndex("ledger_events_key").on(table.subnet, table.type, table.key),
    index("ledger_events_type").on(table.type, table.seq),
  ],
);

/** Highest fencing token seen per lease. */
export const fences = sqliteTable("ledger_fences", {
  lease: text().primaryKey(),
  token: integer().notNull(),
});

/** The outbox. Rows stay when done, so that the same effect is never put in twice. */
export const effects = sqliteTable(
  "ledger_effects",
  {
    position: integer().primaryKey(),
    id: text().notNull(),
    kind: text().notNull(),
    body: text().notNull(),
    attempts: integer().notNull().default(0),
    reason: text(),
    done: integer({ mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    uniqueIndex("ledger_effects_id").on(table.id),
    index("ledger_effects_open").on(table.done, table.position),
  ],
);

/** How far a projection has folded, and what it held there. Lost checkpoints cost time, never truth. */
export const checkpoints = sqliteTable("ledger_checkpoints", {
  name: text().primaryKey(),
  version: integer().notNull(),
  seq: integer().notNull(),
  /** Hash of event `seq`: a checkpoint of another chain (a restored ledger) is not used. */
  hash: text().notNull(),
  state: text().notNull(),
});
