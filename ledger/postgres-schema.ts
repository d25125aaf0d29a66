/** Tables of the PostgreSQL ledger. After a change: `bun --bun drizzle-kit generate --config ledger/drizzle.postgres.ts`. */
import { bigint, boolean, index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";

export const events = pgTable(
  "ledger_events",
  {
    seq: bigint({ mode: "number" }).primaryKey(),
    at: bigint({ mode: "number" }).notNull(),
    subnet: text().notNull(),
    type: text().notNull(),
    key: text().notNull(),
    /** Canonical JSON as text: jsonb would not keep the bytes that were hashed. */
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
export const fences = pgTable("ledger_fences", {
  lease: text().primaryKey(),
  token: bigint({ mode: "number" }).notNull(),
});

/** The outbox. Rows stay when done, so that the same effect is never put in twice. */
export const effects = pgTable(
  "ledger_effects",
  {
    position: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    id: text().notNull(),
    kind: text().notNull(),
    body: text().notNull(),
    attempts: integer().notNull().default(0),
    reason: text(),
    done: boolean().notNull().default(false),
  },
  (table) => [
    uniqueIndex("ledger_effects_id").on(table.id),
    index("ledger_effects_open").on(table.done, table.position),
  ],
);

/** How far a projection has folded, and what it held there. Lost checkpoints cost time, never truth. */
export const checkpoints = pgTable("ledger_checkpoints", {
  name: text().primaryKey(),
  version: integer().notNull(),
  seq: bigint({ mode: "number" }).notNull(),
  /** Hash of event `seq`: a checkpoint of another chain (a restored ledger) is not used. */
  hash: text().notNull(),
  state: text().notNull(),
});
