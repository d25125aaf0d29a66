import { expect, test } from "bun:test";
import { join } from "node:path";
import { Failure } from "../protocol/failure.ts";
import { manualClock } from "../test/support/manual-clock.ts";
import { keptLog, keptMetrics } from "../test/support/quiet.ts";
import { refusal } from "../test/support/rejection.ts";
import { tempFolder } from "../test/support/temp-folder.ts";
import { createMemoryStore } from "./ports/memory-store.ts";
import { createSeededRng } from "./ports/seeded-rng.ts";
import { createSqliteStore } from "./ports/sqlite-store.ts";
import type { Store } from "./ports/store.ts";
import { openReminders, type Reminder } from "./reminders.ts";

function bench(options: { store?: Store; clock?: ReturnType<typeof manualClock>; capacity?: number } = {}) {
  const { store = createMemoryStore(), clock = manualClock(0), ...rest } = options;
  const log = keptLog();
  const fired: string[] = [];
  const reminders = openReminders({
    store,
    clock,
    rng: createSeededRng(1),
    log,
    metrics: keptMetrics(),
    ...rest,
  });
  const note = async (reminder: Reminder) => void fired.push(`${reminder.id}@${clock.now()}`);
  return { store, clock, reminders, fired, note, log };
}

test("a reminder fires once, when it is due, and is then forgotten", async () => {
  const { clock, reminders, fired, note, store } = bench();
  reminders.handle("round", note);
  reminders.set({ id: "late", to: "round", dueAt: 2_000, body: null });
  reminders.set({ id: "soon", to: "round", dueAt: 1_000, body: null });
  expect(reminders.list().map((each) => each.id)).toEqual(["soon", "late"]);
  await clock.advance(999);
  expect(fired).toEqual([]);
  await clock.advance(5_000);
  expect(fired).toEqual(["soon@1000", "late@2000"]);
  expect(store.list("", 10)).toEqual([]);
});

test("a reminder survives a restart of the process and fires late rather than never", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "node.sqlite");
  const clock = manualClock(0);
  const before = bench({ store: createSqliteStore({ path }), clock });
  before.reminders.handle("round", before.note);
  before.reminders.set({ id: "r", to: "round", dueAt: 1_000, body: { round: 7 } });
  await before.reminders.close();
  before.store.close();
  await clock.advance(60_000);
  expect(before.fired).toEqual([]);

  const after = bench({ store: createSqliteStore({ path }), clock });
  await clock.advance(10);
  expect(after.fired).toEqual([]);
  after.reminders.handle("round", after.note);
  await clock.advance(10);
  expect(after.fired).toEqual(["r@60010"]);
  after.store.close();
});

test("a crash between the handler's work and forgetting it brings the reminder again", async () => {
  const disk = new Map<string, Uint8Array>();
  const clock = manualClock(0);
  const first = bench({ store: createMemoryStore(disk), clock });
  let handled = 0;
  first.reminders.handle("x", async () => {
    handled++;
    first.store.close();
  });
  first.reminders.set({ id: "r", to: "x", dueAt: 10, body: null });
  await clock.advance(10);
  expect(handled).toBe(1);
  const second = bench({ store: createMemoryStore(disk), clock });
  second.reminders.handle("x", second.note);
  await clock.advance(1);
  expect(second.fired).toHaveLength(1);
});

test("a handler that fails is called again with backoff, and holds up no other handler", async () => {
  const { clock, reminders, fired, note } = bench();
  let tries = 0;
  reminders.handle("bad", async () => {
    if (++tries < 3) throw new Failure("unavailable", "chain away");
  });
  reminders.handle("good", note);
  reminders.set({ id: "b", to: "bad", dueAt: 10, body: null });
  reminders.set({ id: "g", to: "good", dueAt: 20, body: null });
  await clock.advance(20);
  expect(fired).toEqual(["g@20"]);
  expect(tries).toBe(1);
  await clock.advance(10_000);
  expect(tries).toBe(3);
  expect(reminders.list()).toEqual([]);
});

test("a periodic reminder keeps its beat and does not make up for what it missed", async () => {
  const { clock, reminders, fired, note } = bench();
  reminders.set({ id: "p", to: "tick", dueAt: 1_000, everyMs: 1_000, body: null });
  await clock.advance(5_500);
  reminders.handle("tick", note);
  await clock.advance(2_000);
  expect(fired).toEqual(["p@5500", "p@6000", "p@7000"]);
  reminders.cancel("p");
  await clock.advance(5_000);
  expect(fired).toHaveLength(3);
});

test("a handler may move its own reminder", async () => {
  const { clock, reminders, fired, note } = bench();
  reminders.handle("x", async (reminder) => {
    await note(reminder);
    if (fired.length === 1) reminders.set({ ...reminder, dueAt: 500 });
  });
  reminders.set({ id: "m", to: "x", dueAt: 100, body: null });
  await clock.advance(1_000);
  expect(fired).toEqual(["m@100", "m@500"]);
  expect(reminders.list()).toEqual([]);
});

test("refuses what is malformed or too much, and skips an unreadable entry without losing it", () => {
  const store = createMemoryStore();
  store.put("reminder/old", new TextEncoder().encode("{"));
  const { reminders, log } = bench({ store, capacity: 2 });
  expect(log.lines.map((line) => line.fields)).toEqual([{ entry: "reminder/old" }]);
  expect(store.get("reminder/old")).toBeDefined();
  expect(refusal(() => reminders.set({ id: "no blanks", to: "x", dueAt: 1, body: null })).code).toBe(
    "malformed",
  );
  reminders.set({ id: "a", to: "x", dueAt: 1, body: null });
  reminders.set({ id: "b", to: "x", dueAt: 1, body: null });
  reminders.set({ id: "b", to: "x", dueAt: 2, body: null });
  expect(refusal(() => reminders.set({ id: "c", to: "x", dueAt: 1, body: null })).code).toBe("overloaded");
});

test("closing waits for the handler under way and fires nothing after", async () => {
  const { clock, reminders, fired, note } = bench();
  reminders.handle("x", async (reminder) => {
    await clock.sleep(100);
    await note(reminder);
  });
  reminders.set({ id: "a", to: "x", dueAt: 10, body: null });
  reminders.set({ id: "b", to: "x", dueAt: 20, body: null });
  await clock.advance(30);
  const closed = reminders.close();
  await clock.advance(500);
  await closed;
  expect(fired).toEqual(["a@110"]);
});

test("a handler that hangs is told to stop after a minute, and its reminder comes again", async () => {
  const { clock, reminders } = bench();
  const signals: AbortSignal[] = [];
  reminders.handle("x", (_, signal) => {
    signals.push(signal);
    return signals.length === 1 ? new Promise(() => {}) : Promise.resolve();
  });
  reminders.set({ id: "a", to: "x", dueAt: 10, body: null });
  await clock.advance(60_010);
  expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  await clock.advance(2_000);
  expect(signals).toHaveLength(2);
  expect(reminders.list()).toEqual([]);
});
