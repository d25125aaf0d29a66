import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openLedger } from "../ledger/open.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { type PostgresServer, postgresBinaries, startPostgres } from "../test/provision/postgres.ts";

const MAIN = resolve(import.meta.dir, "main.ts");
const COUNT = 2_500;
const clock = createSystemClock();

let folder: string;
let path: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "orrery-cli-ledger-"));
  path = join(folder, "ledger.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the verb as an operator does: in a process of its own. */
async function ledger(...args: string[]) {
  const child = Bun.spawn({
    cmd: [process.execPath, MAIN, "ledger", ...args],
    cwd: folder,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, out, error };
}

async function ledgerJson(...args: string[]) {
  const { code, out, error } = await ledger(...args, "--json");
  expect(error).toBe("");
  return { code, json: JSON.parse(out) };
}

async function fill(where: string): Promise<string> {
  const filled = await openLedger(where, { clock });
  const events = Array.from({ length: COUNT }, (_, index) => ({
    subnet: "demo",
    type: index % 100 === 0 ? "weights.set" : "job.concluded",
    key: `k${index}`,
    body: { index, text: `\u001b[31m${"x".repeat(index % 200)}` },
  }));
  await filled.append(events, {
    fence: { lease: "weights/1/hotkey", token: 7 },
    effects: [
      { id: "done", kind: "notify", body: 1 },
      { id: "open", kind: "notify", body: { two: 2 } },
    ],
  });
  await filled.effectDone("done");
  await filled.effectFailed("open", "no answer");
  const { hash } = await filled.head();
  await filled.close();
  return hash;
}

/** The same events, fences and outbox as `fill` made. */
async function expectFilled(where: string, head: string): Promise<void> {
  const restored = await openLedger(where, { clock });
  expect(await restored.verify()).toEqual({ ok: true, events: COUNT });
  expect((await restored.head()).hash).toBe(head);
  expect(await restored.effects({ limit: 10 })).toEqual([
    { id: "open", kind: "notify", body: { two: 2 }, attempts: 1 },
  ]);
  const event = { subnet: "demo", type: "job.concluded", key: "new", body: null };
  await expect(
    restored.append([event], { fence: { lease: "weights/1/hotkey", token: 6 } }),
  ).rejects.toMatchObject({
    code: "fenced",
  });
  // What was done stays done: the same effect is not put in again.
  await restored.append([event], { effects: [{ id: "done", kind: "notify", body: 1 }] });
  expect(await restored.effects({ limit: 10 })).toHaveLength(1);
  await restored.close();
}

const damage = (seq: number) => {
  const database = new Database(path);
  database.run("UPDATE ledger_events SET body = '{}' WHERE seq = ?", [seq]);
  database.close();
};

describe("ledger verify", () => {
  test("refuses a path that is not given with --ledger, instead of checking another ledger", async () => {
    await fill(path);
    const { code, out, error } = await ledger("verify", "/elsewhere/ledger.sqlite");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toMatch(/^orrery ledger: ledger verify takes no "\/elsewhere[^\n]*--ledger[^\n]*\n$/);
  });

  test("exits 0 and tells the head when every hash fits", async () => {
    const head = await fill(path);
    expect(await ledgerJson("verify", "--ledger", path)).toEqual({
      code: 0,
      json: { ok: true, events: COUNT, head },
    });
    expect((await ledger("verify", "--ledger", path)).out).toContain(`${COUNT} events, every hash fits`);
  });

  test("exits 1 and names the first event that does not fit", async () => {
    await fill(path);
    damage(1_234);
    const { code, json } = await ledgerJson("verify", "--ledger", path);
    expect({ code, ...json }).toMatchObject({ code: 1, ok: false, seq: 1_234 });
    const { error } = await ledger("verify", "--ledger", path);
    expect(error).toContain("event 1234 does not fit");
  });

  test("finds events missing at the end by a head noted elsewhere", async () => {
    const head = await fill(path);
    expect((await ledger("verify", "--ledger", path, "--head", head)).code).toBe(0);
    const database = new Database(path);
    database.run("DELETE FROM ledger_events WHERE seq = ?", [COUNT]);
    database.close();
    expect((await ledger("verify", "--ledger", path)).code).toBe(0);
    expect((await ledger("verify", "--ledger", path, "--head", head)).code).toBe(1);
  });

  test("does not make a ledger where there is none", async () => {
    const { code, error } = await ledger("verify");
    expect(code).toBe(1);
    expect(error).toContain("There is no ledger here");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("ledger show", () => {
  test("prints the newest events, and nothing that steers the terminal", async () => {
    await fill(path);
    const { code, out } = await ledger("show", "--ledger", path, "--limit", "3");
    expect(code).toBe(0);
    expect(out).toContain(`k${COUNT - 1}`);
    expect(out).not.toContain(`k${COUNT - 4}`);
    expect(out).not.toContain("\u001b[31m");
  });

  test("chooses by type, and from a position on", async () => {
    await fill(path);
    const seqs = async (...args: string[]) =>
      (await ledgerJson("show", "--ledger", path, ...args)).json.events.map(
        ({ seq }: { seq: number }) => seq,
      );
    expect(await seqs("--type", "weights.set", "--limit", "2")).toEqual([2_301, 2_401]);
    expect(await seqs("--after", "10", "--limit", "2")).toEqual([11, 12]);
  });
});

test("ledger rebuild forgets checkpoints, of one projection or of all", async () => {
  await fill(path);
  const count = { name: "count", version: 1, initial: 0, fold: (state: number) => state + 1 };
  const filled = await openLedger(path, { clock });
  await filled.project(count);
  await filled.close();
  const checkpoints = () => {
    const database = new Database(path);
    const rows = database.query("SELECT name FROM ledger_checkpoints").all();
    database.close();
    return rows;
  };
  expect((await ledger("rebuild", "another", "--ledger", path)).code).toBe(0);
  expect(checkpoints()).toEqual([{ name: "count" }]);
  expect((await ledger("rebuild", "--ledger", path)).code).toBe(0);
  expect(checkpoints()).toEqual([]);
});

describe("ledger backup and restore", () => {
  for (const name of ["backup.jsonl", "backup.sqlite"])
    test(`gives the same ledger back from ${name}`, async () => {
      const head = await fill(path);
      const file = join(folder, "backups", name);
      const made = await ledgerJson("backup", file, "--ledger", path);
      expect(made).toMatchObject({ code: 0, json: { ok: true, events: COUNT, fences: 1, effects: 2 } });
      const other = join(folder, "other", "ledger.sqlite");
      expect((await ledgerJson("restore", file, "--ledger", other)).code).toBe(0);
      await expectFilled(other, head);
    });

  test("is consistent while others append", async () => {
    await fill(path);
    const busy = await openLedger(path, { clock });
    let going = true;
    const appending = (async () => {
      for (let index = 0; going; index++) {
        await busy.append([{ subnet: "demo", type: "busy", key: `b${index}`, body: index }]);
        await clock.sleep(0);
      }
    })();
    try {
      for (const name of ["one.jsonl", "two.sqlite"]) {
        expect((await ledgerJson("backup", join(folder, name), "--ledger", path)).code).toBe(0);
        const other = join(folder, `of-${name}`);
        expect((await ledgerJson("restore", join(folder, name), "--ledger", other)).code).toBe(0);
        expect((await ledgerJson("verify", "--ledger", other)).code).toBe(0);
      }
    } finally {
      going = false;
      await appending;
      await busy.close();
    }
  }, 60_000);

  test("overwrites neither a backup nor a ledger unless told to, and keeps the replaced one", async () => {
    const head = await fill(path);
    const file = join(folder, "backup.jsonl");
    await ledger("backup", file, "--ledger", path);
    expect((await ledger("backup", file, "--ledger", path)).error).toContain("exists already");
    damage(5);
    expect((await ledger("restore", file, "--ledger", path)).error).toContain("There is a ledger already");
    const { code, json } = await ledgerJson("restore", file, "--ledger", path, "--force");
    expect(code).toBe(0);
    expect((await ledger("verify", "--ledger", json.replaced)).code).toBe(1);
    await expectFilled(path, head);
  });

  test("replaces a ledger whose file is destroyed", async () => {
    const head = await fill(path);
    const file = join(folder, "backup.jsonl");
    await ledger("backup", file, "--ledger", path);
    await Bun.write(path, "destroyed");
    expect((await ledger("verify", "--ledger", path)).error).toContain("restore a backup");
    expect((await ledger("restore", file, "--ledger", path, "--force")).code).toBe(0);
    await expectFilled(path, head);
  });

  test("does not replace a ledger that a node has open", async () => {
    await fill(path);
    const file = join(folder, "backup.jsonl");
    await ledger("backup", file, "--ledger", path);
    const open = await openLedger(path, { clock });
    const { code, error } = await ledger("restore", file, "--ledger", path, "--force");
    expect(code).toBe(1);
    expect(error).toContain("in use");
    await open.append([{ subnet: "demo", type: "t", key: "still-works", body: 1 }]);
    expect((await open.verify()).ok).toBe(true);
    await open.close();
  });

  test("refuses a backup that was changed or cut off, and leaves the ledger as it was", async () => {
    const head = await fill(path);
    const file = join(folder, "backup.jsonl");
    await ledger("backup", file, "--ledger", path);
    const lines = (await Bun.file(file).text()).trimEnd().split("\n");
    const broken: Record<string, string[]> = {
      "a changed body": lines.map((line) => line.replace('"index":77,', '"index":78,')),
      "a missing event": lines.filter((_, index) => index !== 500),
      "a missing effect": lines.filter((line) => !line.includes('"open"')),
      "cut off": lines.slice(0, -1),
      "cut off in a line": [...lines.slice(0, 900), lines[900]!.slice(0, 40)],
      "something after the end": [...lines, lines[5]!],
      "no backup": ["hello"],
      empty: [],
      "a line without end": ["x".repeat(3_000_000)],
      "unhashed event": lines.map((line) => line.replace('"key":"k9"', '"key":"k9999999"')),
    };
    for (const [what, text] of Object.entries(broken)) {
      await Bun.write(file, text.join("\n"));
      const { code, error } = await ledger("restore", file, "--ledger", path, "--force");
      expect({ what, code, error }).toMatchObject({
        what,
        code: 1,
        error: expect.stringContaining("cannot be restored"),
      });
    }
    await expectFilled(path, head);
    expect(readdirSync(folder).filter((name) => name.includes("replaced") || name.startsWith("."))).toEqual(
      [],
    );
  }, 60_000);

  test("does not back up a broken chain as if it were whole", async () => {
    await fill(path);
    damage(9);
    for (const name of ["b.jsonl", "b.sqlite"]) {
      const { code, error } = await ledger("backup", join(folder, name), "--ledger", path);
      expect({ code, error }).toMatchObject({ code: 1, error: expect.stringContaining("seq=9") });
    }
    expect(readdirSync(folder).filter((name) => name.includes("b."))).toEqual([]);
  });
});

test("a wrong command line gets one line and exit code 2; --help gets the usage and 0", async () => {
  for (const args of [
    [],
    ["burn"],
    ["verify", "a", "b"],
    ["backup"],
    ["verify", "--limit", "0"],
    ["constructor"],
  ])
    expect((await ledger(...args)).code).toBe(2);
  const help = await ledger("--help");
  expect(help.code).toBe(0);
  expect(help.out).toContain("backup FILE");
});

const binaries = await postgresBinaries();
describe.skipIf(binaries.missing !== undefined)("with PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(binaries.path ?? "");
  });
  afterAll(() => server?.stop());

  test("a ledger moves from SQLite to PostgreSQL and back without a changed byte", async () => {
    const head = await fill(path);
    const url = await server.database();
    for (const name of ["there.jsonl", "there.sqlite"]) {
      const there = join(folder, name);
      await ledger("backup", there, "--ledger", path);
      const { code, json } = await ledgerJson("restore", there, "--ledger", url, "--force");
      expect({ code, events: json.events }).toEqual({ code: 0, events: COUNT });
      expect(await ledgerJson("verify", "--ledger", url)).toMatchObject({ code: 0, json: { head } });
    }
    const back = join(folder, "back.jsonl");
    expect((await ledgerJson("backup", back, "--ledger", url)).code).toBe(0);
    const other = join(folder, "other.sqlite");
    expect((await ledgerJson("restore", back, "--ledger", other)).code).toBe(0);
    await expectFilled(other, head);
    await expectFilled(url, head);
  });

  test("a refused restore leaves the PostgreSQL ledger as it was", async () => {
    const url = await server.database();
    const head = await fill(url);
    const file = join(folder, "backup.jsonl");
    await ledger("backup", file, "--ledger", url);
    expect((await ledger("restore", file, "--ledger", url)).error).toContain("There is a ledger already");
    const text = await Bun.file(file).text();
    await Bun.write(file, text.slice(0, text.length / 2));
    expect((await ledger("restore", file, "--ledger", url, "--force")).code).toBe(1);
    await expectFilled(url, head);
  });

  test("a SQLite copy of PostgreSQL is refused with what to do instead", async () => {
    const url = await server.database();
    const { code, error } = await ledger("backup", join(folder, "x.sqlite"), "--ledger", url);
    expect(code).toBe(2);
    expect(error).toContain(".jsonl");
  });
});
