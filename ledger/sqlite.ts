/** The ledger in one SQLite file that several processes may share. */
import type { Database } from "bun:sqlite";
import { and, asc, desc, eq, gt, inArray, lt, lte, sql } from "drizzle-orm";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { Failure } from "../protocol/failure.ts";
import type { Clock } from "../runtime/ports/clock.ts";
import { type EventRow, GENESIS } from "./event.ts";
import type { Head, Ledger } from "./ledger.ts";
import { type EventKey, planBatch, type RowResult } from "./plan.ts";
import type { AppendRequest } from "./request.ts";
import { immediately, MEMORY, openSqlite, type SqliteOptions } from "./sqlite-connection.ts";
import { sqliteFailure } from "./sqlite-failure.ts";
import { checkpoints, effects, events, fences } from "./sqlite-schema.ts";
import type { Checkpoint, EffectRow, EventPage, LedgerStore, Loader, Snapshot } from "./store.ts";
import { storedLedger } from "./stored-ledger.ts";

/** How soon appends of other processes are noticed. */
const WATCH_MS = 100;

/**
 * Opens or creates a ledger: durable at once (WAL, synchronous FULL), shared by processes, or in memory for simulation.
 * @throws Failure `config` (path, file system, newer schema), `corrupt` (not a ledger), `storage`, `unavailable`.
 */
export async function openSqliteLedger(options: SqliteOptions & { clock: Clock }): Promise<Ledger> {
  return storedLedger(openSqliteStore(options), options.clock);
}

export function openSqliteStore({ clock, ...options }: SqliteOptions & { clock: Clock }): LedgerStore {
  return new SqliteStore(openSqlite(options), options.path, clock);
}

class SqliteStore implements LedgerStore {
  readonly #database: Database;
  readonly #db: BunSQLiteDatabase;
  readonly #path: string;
  readonly #clock: Clock;
  #prepared: ReturnType<typeof prepare> | undefined;

  constructor(database: Database, path: string, clock: Clock) {
    this.#database = database;
    this.#db = drizzle(database);
    this.#path = path;
    this.#clock = clock;
  }

  /** Built at the first append: a start does not wait for them. */
  get #queries(): ReturnType<typeof prepare> {
    return (this.#prepared ??= prepare(this.#database, this.#db));
  }

  async commit(batch: readonly AppendRequest[]): Promise<(RowResult[] | Failure)[]> {
    const { head, find, token, addEvent, addEffect, raiseToken } = this.#queries;
    return this.#write(() => {
      const plan = planBatch(batch, {
        head: head.get() ?? { seq: 0, hash: GENESIS },
        token: (lease) => token.get({ lease })?.token,
        event: find,
      });
      for (const row of plan.events) addEvent(row);
      for (const effect of plan.effects) addEffect.run({ ...effect });
      for (const [lease, value] of plan.tokens) raiseToken.run({ lease, token: value });
      return plan.outcomes;
    });
  }

  head = async (): Promise<Head> => this.#read(() => headOf(this.#db));
  events = async (page: EventPage): Promise<EventRow[]> => this.#read(() => eventsOf(this.#db, page));

  async find(
    name: { subnet: string; type: string; key: string } | { seq: number },
  ): Promise<EventRow | undefined> {
    return this.#read(() =>
      "seq" in name
        ? this.#db.select().from(events).where(eq(events.seq, name.seq)).get()
        : this.#queries.find(name),
    );
  }

  effects: LedgerStore["effects"] = async ({ kind, limit, maxAttempts }) =>
    this.#read(() =>
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
        .limit(limit)
        .all()
        .map(({ id, kind, body, attempts }) => ({ id, kind, body: JSON.parse(body), attempts })),
    );

  async effectDone(id: string): Promise<void> {
    this.#write(() => this.#db.update(effects).set({ done: true }).where(eq(effects.id, id)).run());
  }

  async effectFailed(id: string, reason: string): Promise<void> {
    const attempts = sql`${effects.attempts} + 1`;
    this.#write(() => this.#db.update(effects).set({ attempts, reason }).where(eq(effects.id, id)).run());
  }

  checkpoint = async (name: string): Promise<Checkpoint | undefined> =>
    this.#read(() => this.#db.select().from(checkpoints).where(eq(checkpoints.name, name)).get());

  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    this.#write(() =>
      this.#db
        .insert(checkpoints)
        .values(checkpoint)
        .onConflictDoUpdate({ target: checkpoints.name, set: checkpoint })
        .run(),
    );
  }

  async dropCheckpoints(name?: string): Promise<void> {
    const chosen = name === undefined ? undefined : eq(checkpoints.name, name);
    this.#write(() => this.#db.delete(checkpoints).where(chosen).run());
  }

  /** `data_version` changes when another connection has committed; asking it costs microseconds. */
  watch(changed: () => void): { cancel(): void } {
    if (this.#path === MEMORY) return { cancel: () => undefined };
    const version = () =>
      this.#database.query<{ data_version: number }, []>("PRAGMA data_version").get()?.data_version;
    let seen = version();
    return this.#clock.every(WATCH_MS, () => {
      const now = version();
      if (now === seen) return;
      seen = now;
      changed();
    });
  }

  async snapshot<T>(use: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    if (this.#path === MEMORY)
      throw new Failure("refused", "A ledger in memory has no snapshots", { hint: "Open it with a path" });
    const database = openSqlite({ path: this.#path });
    try {
      database.run("BEGIN");
      return await use(snapshotOf(drizzle(database)));
    } catch (thrown) {
      throw sqliteFailure(thrown, this.#path);
    } finally {
      if (database.inTransaction) database.run("ROLLBACK");
      database.close();
    }
  }

  async replace<T>(fill: (loader: Loader) => Promise<T>): Promise<T> {
    const { addEvent } = this.#queries;
    const database = this.#database;
    try {
      database.run("BEGIN IMMEDIATE");
      for (const table of [events, effects, fences, checkpoints]) this.#db.delete(table).run();
      const result = await fill({
        events: async (rows) => {
          for (const row of rows) addEvent(row);
        },
        fences: async (rows) => {
          for (const row of rows) this.#db.insert(fences).values(row).run();
        },
        effects: async (rows) => {
          for (const row of rows) this.#db.insert(effects).values(row).run();
        },
      });
      database.run("COMMIT");
      return result;
    } catch (thrown) {
      if (database.inTransaction) database.run("ROLLBACK");
      throw sqliteFailure(thrown, this.#path);
    }
  }

  async close(): Promise<void> {
    try {
      // Moves everything into the main file, so that it can be copied alone; waits for nobody.
      this.#database.run("PRAGMA busy_timeout = 0");
      this.#database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // A full disk or a reader stands in the way: what was committed stays safe in the write-ahead log.
    } finally {
      this.#database.close();
    }
  }

  #read<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw sqliteFailure(thrown, this.#path);
    }
  }

  #write<T>(work: () => T): T {
    return this.#read(() => immediately(this.#database, work));
  }
}

const headOf = (db: BunSQLiteDatabase): Head =>
  db.select({ seq: events.seq, hash: events.hash }).from(events).orderBy(desc(events.seq)).limit(1).get() ?? {
    seq: 0,
    hash: GENESIS,
  };

const eventsOf = (db: BunSQLiteDatabase, { after, upTo, limit, subnet, types }: EventPage): EventRow[] =>
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
    .limit(limit)
    .all();

const snapshotOf = (db: BunSQLiteDatabase): Snapshot => ({
  head: async () => headOf(db),
  events: async (page) => eventsOf(db, page),
  fences: async ({ after, limit }) =>
    db.select().from(fences).where(gt(fences.lease, after)).orderBy(asc(fences.lease)).limit(limit).all(),
  effects: async ({ offset, limit }): Promise<EffectRow[]> =>
    db
      .select()
      .from(effects)
      .orderBy(asc(effects.position))
      .limit(limit)
      .offset(offset)
      .all()
      .map(({ position: _, ...row }) => row),
});

/** The statements of the append path, prepared once: building them anew would cost more than running them. */
const prepare = (database: Database, db: BunSQLiteDatabase) => {
  const at = sql.placeholder;
  const insertEvent = db
    .insert(events)
    .values({
      seq: at("seq"),
      at: at("at"),
      subnet: at("subnet"),
      type: at("type"),
      key: at("key"),
      body: at("body"),
      prev: at("prev"),
      hash: at("hash"),
    })
    .toSQL();
  const insert = database.prepare(insertEvent.sql);
  const findEvent = db
    .select()
    .from(events)
    .where(and(eq(events.subnet, at("subnet")), eq(events.type, at("type")), eq(events.key, at("key"))))
    .toSQL();
  const select = database.prepare<EventRow, [string, string, string]>(findEvent.sql);
  return {
    head: db
      .select({ seq: events.seq, hash: events.hash })
      .from(events)
      .orderBy(desc(events.seq))
      .limit(1)
      .prepare(),
    /** Bound by hand, like `addEvent`: drizzle's filling of placeholders takes longer than SQLite's work. */
    find: ({ subnet, type, key }: EventKey): EventRow | undefined =>
      select.get(subnet, type, key) ?? undefined,
    token: db
      .select({ token: fences.token })
      .from(fences)
      .where(eq(fences.lease, at("lease")))
      .prepare(),
    addEvent: (row: EventRow): void => {
      insert.run(row.seq, row.at, row.subnet, row.type, row.key, row.body, row.prev, row.hash);
    },
    addEffect: db
      .insert(effects)
      .values({ id: at("id"), kind: at("kind"), body: at("body") })
      .onConflictDoNothing({ target: effects.id })
      .prepare(),
    raiseToken: db
      .insert(fences)
      .values({ lease: at("lease"), token: at("token") })
      .onConflictDoUpdate({ target: fences.lease, set: { token: sql`excluded.token` } })
      .prepare(),
  };
};
