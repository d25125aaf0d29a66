import { expect, test } from "bun:test";
import type { RecordBody } from "../../protocol/records.ts";
import { createHarness, goodMiner, type Harness } from "../../test/support/subnet-harness.ts";
import { record } from "../records.ts";

const rounds = async (harness: Harness, type: "round.opened" | "round.closed"): Promise<number[]> =>
  (await harness.events(type)).map(({ body }) => (body as RecordBody<typeof type>).round);

const loopFailures = (harness: Harness) =>
  harness.logged.filter(({ message }) => message.startsWith("a loop failed"));

test("a round that was opened by other parameters is closed as it stands, and the next one is drawn", async () => {
  await using harness = await createHarness({ miners: { good: goodMiner }, roundBlocks: 60 });
  harness.world.kill("validator");
  const opened: RecordBody<"round.opened"> = {
    ...{ round: 0, block: 0, seed: "ab", mechanism: { name: "tiny", version: 1 }, miners: [] },
    tasks: [{ id: "old", kind: "sum", public: "0".repeat(64), sealed: "1".repeat(64) }],
  };
  const appended = harness.ledger.append([record("tiny", "round.opened", opened)]);
  await harness.world.advance(10);
  await appended;
  harness.world.restart("validator");
  await harness.world.advance(90_000);
  expect(await rounds(harness, "round.closed")).toEqual([0, 1]);
  expect(new Set((await harness.concluded()).map(({ key }) => key.round))).toEqual(new Set([1]));
  expect(loopFailures(harness)).toEqual([]);
});

test("a job that cannot begin is the validator's own outcome, once, and holds up nobody else's", async () => {
  await using harness = await createHarness({ miners: { good: goodMiner }, params: { brokenRun: true } });
  await harness.world.advance(60_000);
  expect(await rounds(harness, "round.closed")).toEqual([0]);
  expect((await harness.outcomes()).good).toEqual({
    "sum-0": "validator",
    "sum-1": "validator",
    "word-0": "ok",
  });
  expect((await harness.concluded()).every(({ key }) => key.attempt === 1)).toBe(true);
  expect(loopFailures(harness)).toEqual([]);
});

test("after a short stop the rounds that were missed are caught up, after a long one they are left out", async () => {
  await using harness = await createHarness({ miners: { good: goodMiner }, roundBlocks: 60 });
  await harness.world.advance(30_000);
  harness.world.kill("validator");
  await harness.world.advance(3 * 60_000);
  harness.world.restart("validator");
  await harness.world.advance(20_000);
  expect(await rounds(harness, "round.opened")).toEqual([0, 1, 2, 3]);
  harness.world.kill("validator");
  await harness.world.advance(100 * 60_000);
  harness.world.restart("validator");
  await harness.world.advance(5_000);
  expect(await rounds(harness, "round.opened")).toEqual([0, 1, 2, 3, 103]);
});

test("every round's tasks are on record before its first miner is asked", async () => {
  await using harness = await createHarness({ miners: { good: goodMiner } });
  await harness.world.advance(60_000);
  const types = (await harness.ledger.read({ limit: 100 })).map(({ type }) => type);
  expect(types[0]).toBe("round.opened");
  expect(types.indexOf("submission.accepted")).toBeGreaterThan(0);
});
