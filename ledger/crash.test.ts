import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Failure } from "../protocol/failure.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { type PostgresServer, postgresBinaries, startPostgres } from "../test/provision/postgres.ts";
import type { Ledger } from "./ledger.ts";
import { openLedger } from "./open.ts";

const ROUNDS = 30;
const APPENDER = resolve(import.meta.dir, "../test/contract/ledger-appender.ts");
const clock = createSystemClock();

const appender = (where: string, name: string, count = 0) =>
  Bun.spawn({
    cmd: [process.execPath, APPENDER, where, name, String(count)],
    stdout: "pipe",
    stderr: "inherit",
  });

/** Every acknowledged append is on record where it was said to be, nothing is there twice, and the chain fits. */
async function expectAll(ledger: Ledger, acknowledged: Map<string, number>): Promise<void> {
  const verdict = await ledger.verify();
  expect(verdict.ok).toBe(true);
  const recorded = new Map<string, number>();
  for (let after = 0; ; ) {
    const page = await ledger.read({ after, limit: 10_000 });
    for (const event of page) {
      expect(recorded.has(event.key)).toBe(false);
      recorded.set(event.key, event.seq);
    }
    if (page.length === 0) break;
    after = page.at(-1)?.seq ?? after;
  }
  const lost = [...acknowledged].filter(([key, seq]) => recorded.get(key) !== seq);
  expect(lost).toEqual([]);
  const effects = (await ledger.effects({ limit: 10_000 })).map(({ body }) => String(body));
  expect(effects).toHaveLength(Math.min(recorded.size, 10_000));
  // An event and its effect are one write: neither is there without the other.
  expect(effects.sort()).toEqual([...recorded.keys()].slice(0, effects.length).sort());
}

describe("SQLite", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "orrery-crash-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test(
    `kill -9 at ${ROUNDS} random points loses nothing acknowledged and repeats nothing`,
    async () => {
      const path = join(folder, "ledger.sqlite");
      const acknowledged = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round++) {
        const child = appender(path, `round${round}`);
        // From the very start of opening, up to some hundred acknowledged appends.
        const lines = round % 6 === 0 ? 1 : 1 + Math.floor(Math.random() * 200);
        let text = "";
        for await (const chunk of child.stdout) {
          text += Buffer.from(chunk).toString();
          if (text.split("\n").length > lines) child.kill("SIGKILL");
        }
        expect(await child.exited).not.toBe(0);
        expect(child.signalCode).toBe("SIGKILL");
        for (const [, key, seq] of text.matchAll(/^(round\S+) (\d+)$/gm))
          acknowledged.set(key ?? "", Number(seq));
      }
      expect(acknowledged.size).toBeGreaterThan(ROUNDS);
      const ledger = await openLedger(path, { clock });
      await expectAll(ledger, acknowledged);
      await ledger.close();
    },
    { timeout: 120_000 },
  );

  test(
    "several processes that open a new file at once and append to it make one chain",
    async () => {
      const path = join(folder, "new", "ledger.sqlite");
      const children = ["a", "b", "c"].map((name) => appender(path, name, 400));
      const texts = await Promise.all(children.map((child) => new Response(child.stdout).text()));
      expect(await Promise.all(children.map((child) => child.exited))).toEqual([0, 0, 0]);
      const ledger = await openLedger(path, { clock });
      const lines = texts.flatMap((text) => [...text.matchAll(/^(\S+-\d+) (\d+)$/gm)]);
      expect(lines).toHaveLength(1_200);
      await expectAll(ledger, new Map(lines.map(([, key, seq]) => [key ?? "", Number(seq)])));
      await ledger.close();
    },
    { timeout: 60_000 },
  );
});

const binaries = await postgresBinaries();
describe.skipIf(binaries.missing !== undefined)("PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(binaries.path ?? "");
  });
  afterAll(() => server?.stop());

  let refused = 0;

  /** Retries as a caller would: the same append until it is acknowledged. */
  async function appendSurely(ledger: Ledger, key: string): Promise<number> {
    for (let tries = 0; tries < 400; tries++) {
      try {
        const [result] = await ledger.append(
          [{ subnet: "demo", type: "job.concluded", key, body: { key } }],
          {
            effects: [{ id: `effect-${key}`, kind: "notify", body: key }],
          },
        );
        return result?.event.seq ?? 0;
      } catch (thrown) {
        const failure = Failure.from(thrown);
        if (!failure.retryable) throw thrown;
        refused++;
        expect(failure.hint).toBeTruthy();
        await Bun.sleep(25);
      }
    }
    throw new Error(`${key} was not acknowledged`);
  }

  test(
    "killed backends and a crashed server lose nothing acknowledged and repeat nothing",
    async () => {
      const url = await server.database();
      const ledger = await openLedger(url, { clock });
      const acknowledged = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round++) {
        const admin = new Bun.SQL(url, { max: 1 });
        const pids: { pid: number }[] = await admin`
          select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
        await admin.close({ timeout: 0 });
        let kills = 0;
        const wanted = 1 + Math.floor(Math.random() * 30);
        await Promise.all(
          Array.from({ length: 4 }, async (_, lane) => {
            for (let turn = 0; turn < 10; turn++) {
              const key = `round${round}-${lane}-${turn}`;
              acknowledged.set(key, await appendSurely(ledger, key));
              if (acknowledged.size - round * 40 < wanted || kills++ > 0) continue;
              // Every fifth a crash of the server: it recovers from its write-ahead log. Otherwise one connection ends.
              for (const { pid } of pids) {
                if (round % 5 === 0) server.kill(pid);
                else server.terminate(pid);
              }
            }
          }),
        );
      }
      expect(refused).toBeGreaterThan(ROUNDS / 2); // the kills did hit
      expect(acknowledged.size).toBe(ROUNDS * 40);
      await expectAll(ledger, acknowledged);
      await ledger.close();
    },
    { timeout: 120_000 },
  );

  test(
    "several processes that open a new database at once and append to it make one chain",
    async () => {
      const url = await server.database();
      const children = ["a", "b", "c"].map((name) => appender(url, name, 400));
      const texts = await Promise.all(children.map((child) => new Response(child.stdout).text()));
      expect(await Promise.all(children.map((child) => child.exited))).toEqual([0, 0, 0]);
      const lines = texts.flatMap((text) => [...text.matchAll(/^(\S+-\d+) (\d+)$/gm)]);
      expect(lines).toHaveLength(1_200);
      const ledger = await openLedger(url, { clock });
      await expectAll(ledger, new Map(lines.map(([, key, seq]) => [key ?? "", Number(seq)])));
      await ledger.close();
    },
    { timeout: 60_000 },
  );
});
