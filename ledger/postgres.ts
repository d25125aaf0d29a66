/** The ledger in a PostgreSQL database that many processes and machines may share. */
import { and, asc, desc, eq, getTableColumns, gt, inArray, lt, lte, sql } from "drizzle-orm";
import type { BunSQLDatabase } from "drizzle-orm/bun-sql";
import type { Failure } from "../protocol/failure.ts";
import type { Clock } from "../runtime/ports/clock.ts";
import { type EventRow, GENESIS } from "./event.ts";
import type { Head, Ledger } from "./ledger.ts";
import { keyOf, planBatch, type RowResult } from "./plan.ts";
import { locked, openPostgres, type PostgresConnection, type Transaction } from "./postgres-connection.ts";
import { postgresFailure } from "./postgres-failure.ts";
import { checkpoints, effects, events, fences } from "./postgres-schema.ts";
import type { AppendRequest } from "./request.ts";
import type { Checkpoint, EventPage, LedgerStore, Loader, Snapshot } from "./store.ts";
import { storedLedger } from "./stored-ledger.ts";

const CHANNEL = "orrery_ledger";
type Reader = BunSQLDatabase | Transaction;

/**
 * Opens or creates a ledger in a database. Unix sockets: `postgres://user@localhost/db?host=/run/postgresql`.
 * @throws Failure `config` (login, permissions, newer schema, fsync off) or `unavailable`.
 */
export async function openPostgresLedger(options: { url: string; clock: Clock }): Promise<Ledger> {
  return storedLedger(await openPostgresStore(options), options.clock);
}

export async function openPostgresStore({ url }: { url: string }): Promise<LedgerStore> {
  try {
    return new PostgresStore(await openPostgres(url));
  } catch (thrown) {
    throw postgresFailure(thrown);
  }
}

class PostgresStore implements LedgerStore {
  readonly #client: PostgresConnection["client"];
  readonly #db: BunSQLDatabase;

  constructor({ client, db }: PostgresConnection) {
    this.#client = client;
    this.#db = db;
  }

  commit = (batch: readonly AppendRequest[]): Promise<(RowResult[] | Failure)[]> =>
    this.#locked(async (tx) => {
      const [head, tokens, known] = [
        await headOf(tx),
        await tokensOf(tx, batch),
        await eventsNamed(tx, batch),
      ];
      const plan = planBatch(batch, {
        head,
        token: (lease) => tokens.get(lease),
        event: (name) => known.get(keyOf(name)),
      });
      await insertEvents(tx, plan.events);
      if (plan.effects.length > 0)
        await tx.execute(sql`
          insert into ${effects} (id, kind, body)
          select id, kind, body from json_to_recordset(${placed(plan.effects)}::text::json)
            as new(id text, kind text, body text, place integer)
          order by place on conflict (id) do nothing`);
      if (plan.tokens.size > 0)
        await tx
          .insert(fences)
          .values([...plan.tokens].map(([lease, token]) => ({ lease, token })))
          .onConflictDoUpdate({ target: fences.lease, set: { token: sql`excluded.token` } });
      if (plan.events.length > 0) await tx.execute(sql`select pg_notify(${CHANNEL}, '')`);
      return plan.outcomes;
    });

  head = (): Promise<Head> => this.#run(() => headOf(this.#db));
  events = (page: EventPage): Promise<EventRow[]> => this.#run(() => eventsOf(this.#db, page));

  async find(
    name: { subnet: string; type: string; key: string } | { seq: number },
  ): Promise<EventRow | undefined> {
    const chosen =
      "seq" in name
        ? eq(events.seq, name.seq)
        : and(eq(events.subnet, name.subnet), eq(events.type, name.type), eq(events.key, name.key));
    return (await this.#run(() => this.#db.select().from(events).where(chosen)))[0];
  }

  effects: LedgerStore["effects"] = async ({ kind, limit, maxAttempts }) => {
    const rows = await this.#run(() =>
      this.#db
        .select()
        .from(effects)
        .where(
          and(
            eq(effects.done, false),
            kind === undefined ? undefined : eq(effects.kind, kind),
            maxAttempts === undefined ? undefined : lt(effects.attempts, maxAttempts),
          ),
        )
        .orderBy(asc(effects.position))
        .limit(limit),
    );
    return rows.map(({ id, kind, body, attempts }) => ({ id, kind, body: JSON.parse(body), attempts }));
  };

  async effectDone(id: string): Promise<void> {
    await this.#locked((tx) => tx.update(effects).set({ done: true }).where(eq(effects.id, id)));
  }

  async effectFailed(id: string, reason: string): Promise<void> {
    const attempts = sql`${effects.attempts} + 1`;
    await this.#locked((tx) => tx.update(effects).set({ attempts, reason }).where(eq(effects.id, id)));
  }

  async checkpoint(name: string): Promise<Checkpoint | undefined> {
    return (await this.#run(() => this.#db.select().from(checkpoints).where(eq(checkpoints.name, name))))[0];
  }

  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    await this.#run(() =>
      this.#db
        .insert(checkpoints)
        .values(checkpoint)
        .onConflictDoUpdate({ target: checkpoints.name, set: checkpoint }),
    );
  }

  async dropCheckpoints(name?: string): Promise<void> {
    const chosen = name === undefined ? undefined : eq(checkpoints.name, name);
    await this.#run(() => this.#db.delete(checkpoints).where(chosen));
  }

  /** LISTEN on a connection that Bun keeps up; each time it is set up again something may have been missed. */
  watch(changed: () => void): { cancel(): void } {
    const listening = this.#client.listen(CHANNEL, changed, changed);
    listening.catch(() => undefined); // Bun goes on trying; appends of this process are told in any case.
    return {
      cancel() {
        void listening.then((subscription) => subscription.unlisten()).catch(() => undefined);
      },
    };
  }

  snapshot = <T>(use: (snapshot: Snapshot) => Promise<T>): Promise<T> =>
    this.#run(() =>
      this.#db.transaction((tx) => use(snapshotOf(tx)), {
        isolationLevel: "repeatable read",
        accessMode: "read only",
      }),
    );

  replace = <T>(fill: (loader: Loader) => Promise<T>): Promise<T> =>
    this.#locked(async (tx) => {
      await tx.execute(sql`truncate ${events}, ${effects}, ${fences}, ${checkpoints} restart identity`);
      const result = await fill({
        events: (rows) => insertEvents(tx, rows),
        fences: async (rows) => void (await tx.insert(fences).values([...rows])),
        effects: async (rows) => void (await tx.insert(effects).values([...rows])),
      });
      await tx.execute(sql`select pg_notify(${CHANNEL}, '')`);
      return result;
    });

  async close(): Promise<void> {
    await this.#client.close({ timeout: 1 });
  }

  async #run<T>(work: () => PromiseLike<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw postgresFailure(thrown);
    }
  }

  #locked<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#run(() => locked(this.#db, work));
  }
}

async function headOf(db: Reader): Promise<Head> {
  const [row] = await db
    .select({ seq: events.seq, hash: events.hash })
    .from(events)
    .orderBy(desc(events.seq))
    .limit(1);
  return row ?? { seq: 0, hash: GENESIS };
}

const eventsOf = (db: Reader, { after, upTo, limit, subnet, types }: EventPage): Promise<EventRow[]> =>
  db
    .select()
    .from(events)
    .where(
      and(
        gt(events.seq, after),
        upTo === undefined ? undefined : lte(events.seq, upTo),
        subnet === undefined ? undefined : eq(events.subnet, subnet),
        types === undefined ? undefined : inArray(events.type, [...types]),
      ),
    )
    .orderBy(asc(events.seq))
    .limit(limit);

async function tokensOf(tx: Transaction, batch: readonly AppendRequest[]): Promise<Map<string, number>> {
  const leases = batch.flatMap(({ fence }) => (fence === undefined ? [] : [fence.lease]));
  if (leases.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(fences)
    .where(inArray(fences.lease, [...new Set(leases)]));
  return new Map(rows.map(({ lease, token }) => [lease, token]));
}

/** Those events of the batch that are on record. One JSON parameter, so that no batch has too many. */
async function eventsNamed(tx: Transaction, batch: readonly AppendRequest[]): Promise<Map<string, EventRow>> {
  const names = batch.flatMap((request) =>
    request.events.map(({ subnet, type, key }) => ({ subnet, type, key })),
  );
  if (names.length === 0) return new Map();
  const rows = await tx
    .select(getTableColumns(events))
    .from(
      sql`json_to_recordset(${JSON.stringify(names)}::text::json) as name(subnet text, type text, key text)`,
    )
    .innerJoin(
      events,
      sql`(${events.subnet}, ${events.type}, ${events.key}) = (name.subnet, name.type, name.key)`,
    );
  return new Map(rows.map((row) => [keyOf(row), row]));
}

async function insertEvents(tx: Transaction, rows: readonly EventRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into ${events} (seq, at, subnet, type, key, body, prev, hash)
    select * from json_to_recordset(${JSON.stringify(rows)}::text::json)
      as new(seq bigint, at bigint, subnet text, type text, key text, body text, prev text, hash text)`);
}

const placed = (rows: readonly object[]): string =>
  JSON.stringify(rows.map((row, place) => ({ ...row, place })));

const snapshotOf = (tx: Transaction): Snapshot => ({
  head: () => headOf(tx),
  events: (page) => eventsOf(tx, page),
  fences: ({ after, limit }) =>
    tx.select().from(fences).where(gt(fences.lease, after)).orderBy(asc(fences.lease)).limit(limit),
  effects: ({ offset, limit }) => {
    const { position: _, ...columns } = getTableColumns(effects);
    return tx.select(columns).from(effects).orderBy(asc(effects.position)).limit(limit).offset(offset);
  },
});
