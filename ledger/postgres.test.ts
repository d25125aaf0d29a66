import { afterAll, beforeAll, describe } from "bun:test";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { type LedgerFixture, ledgerContract } from "../test/contract/ledger.ts";
import { type PostgresServer, postgresBinaries, startPostgres } from "../test/provision/postgres.ts";
import { openPostgresLedger } from "./postgres.ts";

const binaries = await postgresBinaries();
if (binaries.missing !== undefined && process.env.CI === "true")
  throw new Error(`PostgreSQL is missing: ${binaries.missing}`);

describe.skipIf(binaries.missing !== undefined)("PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(binaries.path ?? "");
  });
  afterAll(() => server?.stop());

  async function fixture(): Promise<LedgerFixture> {
    const url = await server.database();
    const behindItsBack = async (work: (sql: Bun.SQL) => Promise<unknown>) => {
      const sql = new Bun.SQL(url, { max: 1 });
      await work(sql);
      await sql.close({ timeout: 0 });
    };
    return {
      open: () => openPostgresLedger({ url, clock: createSystemClock() }),
      tamper: (seq, body) =>
        behindItsBack((sql) => sql`update ledger_events set body = ${body} where seq = ${seq}`),
      remove: (seq) => behindItsBack((sql) => sql`delete from ledger_events where seq = ${seq}`),
      dispose: async () => undefined,
    };
  }

  ledgerContract("PostgreSQL", fixture);
});
