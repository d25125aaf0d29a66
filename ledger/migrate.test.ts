import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../protocol/failure.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { migrationsOf, pendingMigrations } from "./migrate.ts";
import { openLedger } from "./open.ts";

const clock = createSystemClock();
const migration = (createdAt: number) => ({ hash: String(createdAt), createdAt, statements: [] });

describe("migrations", () => {
  test("apply only what is not there yet, in order", () => {
    const all = [migration(1), migration(2), migration(3)];
    expect(pendingMigrations(all, undefined)).toEqual(all);
    expect(pendingMigrations(all, 1)).toEqual([migration(2), migration(3)]);
    expect(pendingMigrations(all, 3)).toEqual([]);
  });

  test("refuse a schema newer than they know", () => {
    expect(() => pendingMigrations([migration(1)], 2)).toThrow(Failure);
  });

  test("in git are ordered by time for both stores", () => {
    for (const store of ["sqlite", "postgres"] as const) {
      const times = migrationsOf(store).map(({ createdAt }) => createdAt);
      expect(times.length).toBeGreaterThan(0);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });
});

describe("opening", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "orrery-open-"));
    path = join(folder, "ledger.sqlite");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const refusal = async (where: string): Promise<Failure> => {
    const thrown: unknown = await openLedger(where, { clock }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(thrown).toBeInstanceOf(Failure);
    return thrown as Failure;
  };

  test("a ledger of a newer version is refused in one clear line and left as it is", async () => {
    await (await openLedger(path, { clock })).close();
    const database = new Database(path);
    database.run("INSERT INTO ledger_migrations VALUES (?, 'later')", [Date.parse("2999-01-01")]);
    database.close();
    const { code, message, hint } = await refusal(path);
    expect({ code, message }).toEqual({
      code: "config",
      message: "The ledger was written by a newer version of Orrery",
    });
    expect(hint).toContain("Run that version");
  });

  test("a file that is no database is refused as corrupt, and is not overwritten", async () => {
    const text = "not a database ".repeat(100);
    writeFileSync(path, text);
    expect((await refusal(path)).code).toBe("corrupt");
    expect(await Bun.file(path).text()).toBe(text);
  });

  test("an unknown scheme is refused", async () => {
    expect((await refusal("mysql://localhost/ledger")).code).toBe("config");
  });

  test("a server that does not answer is unavailable, and the password is not told", async () => {
    const failure = await refusal(`postgres://user:hunter2@localhost/x?host=${folder}`);
    expect(failure.code).toBe("unavailable");
    expect(JSON.stringify(failure.toWire())).not.toContain("hunter2");
  });

  test("in memory keeps nothing, and needs neither file nor lock", async () => {
    const ledger = await openLedger(":memory:", { clock });
    await ledger.append([{ subnet: "demo", type: "t", key: "k", body: 1 }]);
    expect(await ledger.verify()).toEqual({ ok: true, events: 1 });
    await ledger.close();
    const fresh = await openLedger(":memory:", { clock });
    expect((await fresh.head()).seq).toBe(0);
    await fresh.close();
  });
});
