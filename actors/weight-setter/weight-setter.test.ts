import { expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import type { Json } from "../../protocol/ids.ts";
import type { RecordBody } from "../../protocol/records.ts";
import { WeightEvidence } from "../../protocol/weights.ts";
import { createHarness, goodMiner, type Harness } from "../../test/support/subnet-harness.ts";
import { record } from "../records.ts";
import { simulatedSigner } from "../simulation/keys.ts";
import { effectKind } from "./options.ts";

const EPOCH_MS = 60_000;
const start = () => createHarness({ miners: { good: goodMiner }, roundBlocks: 60 });

async function epochs(harness: Harness, type: "weights.decided" | "weights.set" | "weights.refused") {
  return (await harness.events(type)).map(({ body }) => (body as { epoch: number }).epoch);
}

test("a setter whose lease ran out while it was frozen takes it again, and weights go on", async () => {
  await using harness = await start();
  await harness.world.advance(3 * EPOCH_MS);
  const before = await epochs(harness, "weights.set");
  expect(before.length).toBeGreaterThan(0);
  harness.world.freeze("validator");
  await harness.world.advance(EPOCH_MS);
  harness.world.resume("validator");
  await harness.world.advance(5 * EPOCH_MS);
  expect(harness.logged.map(({ message }) => message)).toContain("weight lease lost");
  expect((await epochs(harness, "weights.set")).length).toBeGreaterThan(before.length + 2);
});

test("a chain that is away for long is waited for with the lease in hand, and weights go on seconds after it is back", async () => {
  await using harness = await start();
  await harness.world.advance(3 * EPOCH_MS);
  const before = await epochs(harness, "weights.set");
  const acquired = () => harness.logged.filter(({ message }) => message === "weight lease acquired").length;
  const { weights } = harness.chain;
  const { rules } = weights;
  Object.assign(weights, { rules: () => Promise.reject(new Failure("unavailable", "the chain is away")) });
  await harness.world.advance(10 * EPOCH_MS);
  expect(await epochs(harness, "weights.set")).toEqual(before);
  Object.assign(weights, { rules });
  await harness.world.advance(10_000);
  expect((await epochs(harness, "weights.set")).length).toBe(before.length + 1);
  expect(acquired()).toBe(1);
  const waits = harness.logged.filter(({ message }) => message === "waiting for the chain to set weights on");
  expect(waits).toHaveLength(1);
});

test("each round is weighed once, and each epoch has one decision", async () => {
  await using harness = await start();
  await harness.world.advance(8 * EPOCH_MS);
  const decided = (await harness.events("weights.decided")).map(({ body }) => body as WeightEvidence);
  expect(decided.length).toBeGreaterThan(4);
  expect(new Set(decided.map(({ epoch }) => epoch)).size).toBe(decided.length);
  expect(new Set(decided.map(({ round }) => round)).size).toBe(decided.length);
});

/** Puts a decision on record whose effect is still to be done, as a crash leaves it. */
async function leaveDecision(harness: Harness, epoch: number, uid = 1): Promise<void> {
  const { hotkey } = simulatedSigner("validator");
  const evidence = WeightEvidence.parse({
    ...{ subnet: "tiny", netuid: 1, epoch, round: epoch, hotkey, at: 0, signature: "0x" },
    vector: { uids: [uid], values: [65_535] },
    ledger: { seq: 1, hash: "0".repeat(64) },
    metagraph: { block: 1, hash: "0x" },
  });
  const kind = effectKind(1, hotkey);
  const appended = harness.ledger.append([record("tiny", "weights.decided", evidence)], {
    effects: [{ id: `tiny/${kind}/${epoch}`, kind, body: evidence as Json }],
  });
  await harness.world.advance(100);
  await appended;
}

const pending = (harness: Harness) =>
  harness.ledger.effects({ kind: effectKind(1, simulatedSigner("validator").hotkey), limit: 16 });

test("of several decisions left behind only the latest goes on chain; the others are on record as refused", async () => {
  await using harness = await start();
  await harness.world.advance(1);
  harness.world.kill("validator");
  for (const epoch of [100, 101, 102]) await leaveDecision(harness, epoch);
  harness.world.restart("validator");
  await harness.world.advance(20_000);
  expect(await epochs(harness, "weights.set")).toEqual([102]);
  expect(await epochs(harness, "weights.refused")).toEqual([100, 101]);
  expect(await pending(harness)).toEqual([]);
  // The refusals of older epochs came last: they must not make the setter forget what it decided.
  await harness.world.advance(2 * EPOCH_MS);
  expect(await epochs(harness, "weights.decided")).toEqual([100, 101, 102]);
});

test("a set that is on record is not submitted again, whatever became of its effect", async () => {
  await using harness = await start();
  await harness.world.advance(1);
  harness.world.kill("validator");
  await leaveDecision(harness, 100);
  const set: RecordBody<"weights.set"> = { epoch: 100, round: 100, block: 7, hash: "0x" };
  const appended = harness.ledger.append([record("tiny", "weights.set", set)]);
  await harness.world.advance(100);
  await appended;
  harness.world.restart("validator");
  await harness.world.advance(20_000);
  expect(await pending(harness)).toEqual([]);
  expect([...harness.chain.onChain()]).toEqual([]);
});

test("an effect that is no decision is dropped and said, and holds up nothing", async () => {
  await using harness = await start();
  await harness.world.advance(1_000);
  const kind = effectKind(1, simulatedSigner("validator").hotkey);
  const appended = harness.ledger.append([{ subnet: "tiny", type: "note", key: "1", body: {} }], {
    effects: [{ id: "odd", kind, body: { nothing: true } }],
  });
  await harness.world.advance(3 * EPOCH_MS);
  await appended;
  expect(await pending(harness)).toEqual([]);
  expect(harness.logged.filter(({ message }) => message.startsWith("an effect is no weight"))).toHaveLength(
    1,
  );
  expect((await epochs(harness, "weights.set")).length).toBeGreaterThan(0);
});

test("a decision that the chain will never take is refused on record with the chain's reason, and not tried for ever", async () => {
  await using harness = await start();
  await harness.world.advance(1);
  harness.world.kill("validator");
  await leaveDecision(harness, 100, 99);
  harness.world.restart("validator");
  await harness.world.advance(20_000);
  expect(await pending(harness)).toEqual([]);
  const [refused] = await harness.events("weights.refused");
  expect(refused?.body).toMatchObject({
    epoch: 100,
    reason: expect.stringContaining("UidVecContainInvalidOne"),
  });
  expect(await epochs(harness, "weights.set")).toEqual([]);
});
