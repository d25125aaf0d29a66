/** The connection to a ledger in PostgreSQL: pool, settings a commit's durability depends on, migrations. */
import { SQL } from "bun";
import { sql } from "drizzle-orm";
import { type BunSQLDatabase, drizzle } from "drizzle-orm/bun-sql";
import { Failure } from "../protocol/failure.ts";
import { migrationsOf, pendingMigrations } from "./migrate.ts";

const MAX_CONNECTIONS = 4;
const CONNECT_TIMEOUT_S = 10;
const IDLE_TIMEOUT_S = 60;
/** Advisory lock of all that appends or migrates: "orrery ledger" within its database. */
const LOCK = 0x6f_72_72_79;

export interface PostgresConnection {
  client: SQL;
  db: BunSQLDatabase;
}
export type Transaction = Parameters<Parameters<BunSQLDatabase["transaction"]>[0]>[0];

/** Connects, refuses a server that would lose acknowledged events, and brings the schema up to date. */
export async function openPostgres(url: string): Promise<PostgresConnection> {
  const client = new SQL(url, {
    adapter: "postgres",
    max: MAX_CONNECTIONS,
    connectionTimeout: CONNECT_TIMEOUT_S,
    idleTimeout: IDLE_TIMEOUT_S,
  });
  try {
    const db = drizzle({ client });
    const [settings] = await db.execute<{ fsync: string }>(sql`select current_setting('fsync') as fsync`);
    if (settings?.fsync !== "on")
      throw new Failure("config", "This PostgreSQL runs with fsync off and may lose what it acknowledged", {
        hint: "Set fsync = on in postgresql.conf and restart it",
      });
    await locked(db, migrate);
    return { client, db };
  } catch (thrown) {
    await client.close({ timeout: 0 });
    throw thrown;
  }
}

/** One durable transaction that no other appender can enter: what it reads stays true until it commits. */
export function locked<T>(db: BunSQLDatabase, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`
      select set_config('lock_timeout', '10s', true), set_config('idle_in_transaction_session_timeout', '60s', true),
        case when current_setting('synchronous_commit') = 'off'
          then set_config('synchronous_commit', 'on', true) end`);
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
    return work(tx);
  });
}

async function migrate(tx: Transaction): Promise<void> {
  await tx.execute(
    sql`create table if not exists ledger_migrations (created_at bigint primary key, hash text not null)`,
  );
  const [row] = await tx.execute<{ applied: string | null }>(
    sql`select max(created_at) as applied from ledger_migrations`,
  );
  const applied = row?.applied == null ? undefined : Number(row.applied);
  for (const migration of pendingMigrations(migrationsOf("postgres"), applied)) {
    for (const statement of migration.statements) await tx.execute(sql.raw(statement));
    await tx.execute(
      sql`insert into ledger_migrations values (${migration.createdAt}::bigint, ${migration.hash})`,
    );
  }
}
