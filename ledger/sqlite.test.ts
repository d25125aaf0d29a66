import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { type LedgerFixture, ledgerContract } from "../test/contract/ledger.ts";
import { openSqliteLedger } from "./sqlite.ts";

async function fixture(): Promise<LedgerFixture> {
  const folder = mkdtempSync(join(tmpdir(), "orrery-ledger-"));
  const path = join(folder, "ledger.sqlite");
  const behindItsBack = async (statement: string, ...values: (string | number)[]) => {
    const database = new Database(path);
    database.run(statement, values);
    database.close();
  };
  return {
    open: () => openSqliteLedger({ path, clock: createSystemClock() }),
    tamper: (seq, body) => behindItsBack("UPDATE ledger_events SET body = ? WHERE seq = ?", body, seq),
    remove: (seq) => behindItsBack("DELETE FROM ledger_events WHERE seq = ?", seq),
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

ledgerContract("SQLite", fixture);
