import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
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

describe("a SQLite file", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "orrery-ledger-"));
    path = join(folder, "deep", "ledger.sqlite");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const open = () => openSqliteLedger({ path, clock: createSystemClock() });
  const events = Array.from({ length: 2_000 }, (_, index) => ({
    subnet: "demo",
    type: "job.concluded",
    key: `k${index}`,
    body: "x".repeat(500),
  }));

  test("with overwritten pages does not verify, and the first bad event is told", async () => {
    const ledger = await open();
    await ledger.append(events);
    await ledger.close();
    // A third of the file from its middle on: events lie there, indexes only in between.
    const size = statSync(path).size;
    const file = openSync(path, "r+");
    const garbage = new Uint8Array(Math.floor(size / 3)).fill(0xa5);
    writeSync(file, garbage, 0, garbage.length, Math.floor(size / 2));
    closeSync(file);

    const damaged = await open();
    const verdict = await damaged.verify();
    expect(verdict.ok).toBe(false);
    const bad = verdict.ok ? 0 : verdict.seq;
    expect(bad).toBeGreaterThan(1);
    expect(bad).toBeLessThanOrEqual(2_000);
    await damaged.close();
  });

  test("is alone in its folder once every ledger on it is closed, and no descriptor stays open", async () => {
    const [one, two] = [await open(), await open()];
    await one.append(events);
    await two.project({ name: "count", version: 1, initial: 0, fold: (count: number) => count + 1 });
    await one.close();
    await two.close();
    expect(readdirSync(join(folder, "deep"))).toEqual(["ledger.sqlite"]);
    if (!existsSync("/proc/self/fd")) return;
    const still = Bun.spawnSync(["ls", "-l", `/proc/${process.pid}/fd`]).stdout.toString();
    expect(still).not.toContain(path);
  });
});
