/** Speed of the ledger: durable, hash-chained appends beside bare inserts into the same kind of file. */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteLedger } from "../../ledger/sqlite.ts";
import { openSqlite } from "../../ledger/sqlite-connection.ts";
import { canonicalJson } from "../../protocol/canonical.ts";
import type { Json } from "../../protocol/ids.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { type BenchRow, median } from "./row.ts";

/** What one mailbox turn of a busy scorer appends. */
const BATCH = 256;
const BATCHES = 40;
const REPEATS = 7;
const EVENTS = BATCH * BATCHES;
const GOAL = 50_000;
const GOAL_IN_MEMORY = 20_000;

/** Medians over interleaved repeats, so that noise of the machine hits both sides alike. */
export async function ledgerRows(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "orrery-bench-"));
  const raw: number[] = [];
  const file: number[] = [];
  const memory: number[] = [];
  try {
    await ledgerRate(":memory:"); // warms up the code that both stores share
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      raw.push(rawRate(join(folder, `raw${repeat}.sqlite`)));
      file.push(await ledgerRate(join(folder, `ledger${repeat}.sqlite`)));
      memory.push(await ledgerRate(":memory:"));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const floor = median(raw);
  const row = (name: string, value: number, goal: number): BenchRow => ({
    name,
    value: Math.round(value),
    unit: "events/s",
    floor: Math.round(floor),
    ratio: Number((value / floor).toFixed(2)),
    goal: `≥ ${goal.toLocaleString("en")} events/s`,
    holds: value >= goal,
  });
  return [
    row(`ledger appends, group commit of ${BATCH}, FULL`, median(file), GOAL),
    row("ledger appends in memory, for simulation", median(memory), GOAL_IN_MEMORY),
  ];
}

/** An event of the size that a judged job leaves. */
const body = (index: number): Json => ({
  job: `task-${index}/submission-${index % 97}/1`,
  outcome: "ok",
  owner: "miner",
  score: (index % 1_000) / 1_000,
  usage: { wallMs: index % 400, cpuMs: index % 300, peakBytes: 12_345_678 + index },
  digest: "ab".repeat(32),
  verdicts: ["pass", "pass", "pass"],
  detail: "judged by the hidden tests of the round",
});
const key = (index: number) => `task-${index}/submission-${(index * 7_919) % 97}/1`;

async function ledgerRate(path: string): Promise<number> {
  const ledger = await openSqliteLedger({ path, clock: createSystemClock() });
  const bodies = Array.from({ length: EVENTS }, (_, index) => body(index));
  const started = performance.now();
  for (let from = 0; from < EVENTS; from += BATCH)
    await Promise.all(
      bodies
        .slice(from, from + BATCH)
        .map((one, at) =>
          ledger.append([{ subnet: "longcontext", type: "job.concluded", key: key(from + at), body: one }]),
        ),
    );
  const rate = perSecond(started);
  const { seq } = await ledger.head();
  if (seq !== EVENTS) throw new Error(`The ledger holds ${seq} of ${EVENTS} events`);
  await ledger.close();
  return rate;
}

/** The same rows with neither hashes nor checks: ready-made text, one transaction per batch, the same durability. */
function rawRate(path: string): number {
  openSqlite({ path }).close();
  const database = new Database(path, { strict: true });
  database.run("PRAGMA synchronous = FULL");
  const insert = database.prepare("INSERT INTO ledger_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const texts = Array.from({ length: EVENTS }, (_, index) => canonicalJson(body(index)));
  const hash = "ab".repeat(32);
  const started = performance.now();
  for (let from = 0; from < EVENTS; from += BATCH) {
    database.run("BEGIN IMMEDIATE");
    for (let index = from; index < from + BATCH; index++)
      insert.run(
        index + 1,
        1_700_000_000_000,
        "longcontext",
        "job.concluded",
        key(index),
        texts[index] ?? "",
        hash,
        hash,
      );
    database.run("COMMIT");
  }
  const rate = perSecond(started);
  database.close();
  return rate;
}

const perSecond = (started: number): number => EVENTS / ((performance.now() - started) / 1_000);
