/** Bad input and faults, each seen by a whole subnet: a typed outcome, a counter, one clear line, nothing lost. */
import { describe, expect, test } from "bun:test";
import { simulatedSigner } from "../../actors/simulation/keys.ts";
import { encodeEnvelope } from "../../protocol/envelope.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Lease } from "../../runtime/lease.ts";
import { acquireLease } from "../../runtime/lease-acquire.ts";
import { keptLog } from "../support/quiet.ts";
import { createHarness, goodMiner, type Harness } from "../support/subnet-harness.ts";

const ROUND_MS = 120_000;
/** A good miner beside the bad one: whatever the other does, this one must be judged in full. */
const GOOD = { "sum-0": "ok", "sum-1": "ok", "word-0": "ok" };

async function closed(harness: Harness): Promise<void> {
  await harness.world.advance(ROUND_MS);
  expect((await harness.events("round.closed")).map(({ key }) => key)).toContain("0");
}

describe("what a miner can do wrong costs only itself", () => {
  test("a miner that crashes while it answers is refused; one that never answers times out", async () => {
    await using harness = await createHarness({
      miners: {
        good: goodMiner,
        crash: {
          ...goodMiner,
          async *answer() {
            yield "half an";
            throw new Error("out of memory");
          },
        },
        silent: {
          ...goodMiner,
          async *answer({ signal }) {
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
            yield "too late";
          },
        },
      },
    });
    await closed(harness);
    expect(await harness.outcomes()).toEqual({
      good: GOOD,
      crash: { ...GOOD, "word-0": "refused" },
      silent: { ...GOOD, "word-0": "timeout" },
    });
  });

  test("an answer without end is cut off as over the limit", async () => {
    await using harness = await createHarness({
      miners: {
        good: goodMiner,
        flood: {
          ...goodMiner,
          async *answer() {
            for (;;) yield "spam ".repeat(1_000);
          },
        },
      },
    });
    await closed(harness);
    expect(await harness.outcomes()).toEqual({ good: GOOD, flood: { ...GOOD, "word-0": "limit" } });
  });

  test("a program that is too large, or malformed, makes the miner absent and is on record with the reason", async () => {
    await using harness = await createHarness({
      miners: {
        good: goodMiner,
        huge: {
          ...goodMiner,
          program: async () => ({
            runtime: "python",
            entry: "main.py",
            files: { "main.py": "#".repeat(2_000_000) },
          }),
        },
        escape: {
          ...goodMiner,
          program: async () => ({ runtime: "python", entry: "../main.py", files: { "../main.py": "" } }),
        },
      },
    });
    await closed(harness);
    expect(await harness.outcomes()).toEqual({
      good: GOOD,
      huge: { "word-0": "ok" },
      escape: { "word-0": "ok" },
    });
    const absent = (await harness.events("miner.absent")).map(
      ({ body }) => body as { uid: number; reason: string },
    );
    expect(absent.map(({ uid }) => uid).sort()).toEqual([2, 3]);
    for (const { reason } of absent) expect(reason.length).toBeGreaterThan(10);
  });

  test("a registered miner that is offline is absent; its questions time out; nobody waits longer for it", async () => {
    await using harness = await createHarness({ miners: { good: goodMiner, gone: "offline" } });
    await closed(harness);
    expect(await harness.outcomes()).toEqual({ good: GOOD, gone: { "word-0": "timeout" } });
  });

  test("a submission that no isolate can be had for is tried again, then left unjudged, and holds up nobody", async () => {
    await using harness = await createHarness({
      miners: {
        good: goodMiner,
        poison: {
          ...goodMiner,
          program: async () => ({ runtime: "python", entry: "poison.py", files: { "poison.py": "" } }),
        },
      },
      script: (request, input) => {
        if (request.entry === "poison.py") throw new Failure("unavailable", "the isolate engine died");
        const [a, b] = input as [number, number];
        return { outcome: "ok", output: a + b };
      },
    });
    await harness.world.advance(3_600_000);
    const outcomes = await harness.outcomes();
    expect(outcomes.good).toEqual(GOOD);
    expect(outcomes.poison).toEqual({ "sum-0": "infra", "sum-1": "infra", "word-0": "ok" });
    const attempts = (await harness.concluded()).filter(
      ({ uid, key }) => uid === 2 && key.round === 0 && key.task === "sum-0",
    );
    expect(attempts.map(({ key }) => key.attempt)).toEqual([1, 2, 3]);
    expect(attempts.every(({ score }) => score === null)).toBe(true);
  });
});

describe("what a validator suffers is not charged to miners", () => {
  test("a mechanism whose score throws leaves the job unjudged, once, with the reason on record", async () => {
    await using harness = await createHarness({ miners: { good: goodMiner }, params: { broken: true } });
    await closed(harness);
    const broken = (await harness.concluded()).filter(({ kind }) => kind === "sum");
    expect(broken).toHaveLength(2);
    for (const { outcome, score, detail } of broken) {
      expect({ outcome, score }).toEqual({ outcome: "validator", score: null });
      expect(detail).toBe("tiny.sum could not judge: the mechanism is broken");
    }
    expect((await harness.outcomes()).good).toMatchObject({ "word-0": "ok" });
  });

  test("a validator killed in the middle of a round goes on where its ledger stands, and repeats nothing", async () => {
    await using harness = await createHarness({
      miners: { good: goodMiner, other: goodMiner },
      params: { sums: 6 },
      script: (_, input) => {
        const [a, b] = input as [number, number];
        return { outcome: "ok", output: a + b, wallMs: 900 };
      },
    });
    await harness.world.advance(1_500);
    harness.world.kill("validator");
    const before = (await harness.concluded()).length;
    expect(before).toBeGreaterThan(0);
    await harness.world.advance(10_000);
    harness.world.restart("validator");
    await closed(harness);
    const all = await harness.concluded();
    expect(before).toBeLessThan(all.length);
    expect(new Set(all.map(({ key }) => `${key.task}/${key.submission}`)).size).toBe(all.length);
    expect(all).toHaveLength(14);
  });

  test("a full disk stops the record, says so, and loses nothing once there is room", async () => {
    await using harness = await createHarness({ miners: { good: goodMiner } });
    harness.world.diskFull("validator");
    await harness.world.advance(60_000);
    expect(await harness.events("round.closed")).toEqual([]);
    harness.world.diskFull("validator", false);
    await harness.world.advance(600_000);
    expect((await harness.outcomes()).good).toEqual(GOOD);
    expect(
      harness.logged.some(
        ({ level, fields }) => level === "warn" && JSON.stringify(fields).includes("storage"),
      ),
    ).toBe(true);
  });

  test("a text longer than a message travels as a blob and arrives whole", async () => {
    await using harness = await createHarness({
      miners: { good: goodMiner },
      params: { textLength: 3_000_000 },
    });
    await closed(harness);
    expect((await harness.outcomes()).good).toEqual(GOOD);
  });
});

describe("what comes over the wire", () => {
  test("garbage, expired and foreign messages are dropped and counted, never executed", async () => {
    await using harness = await createHarness({ miners: { good: goodMiner } });
    const { world } = harness;
    await world.advance(1_000);
    const subject = "orr.tiny.sandbox.v1.status";
    const header = {
      type: "call" as const,
      schema: "sandbox.status.input",
      version: 1,
      id: "x-1",
      correlation: "x-1",
      causation: undefined,
      deadline: world.clock.now() - 1,
      trace: undefined,
      sender: "stranger",
    };
    world.node("stranger", ({ transport }) => {
      transport.publish(subject, new TextEncoder().encode("\u0000 garbage"));
      transport.publish(subject, encodeEnvelope(header as never, {}, { maxBytes: 1_000 }));
    });
    await world.advance(2_000);
    const dropped = await harness.validator().metrics.render();
    expect(dropped).toMatch(/orrery_dropped_total\{[^}]*reason="malformed"[^}]*\} [1-9]/);
    expect(dropped).toMatch(/orrery_dropped_total\{[^}]*reason="expired"[^}]*\} [1-9]/);
    await closed(harness);
    expect((await harness.outcomes()).good).toEqual(GOOD);
  });
});

describe("weights", () => {
  test("are set once per epoch however often the setter is killed between deciding and submitting", async () => {
    await using harness = await createHarness({ miners: { good: goodMiner }, roundBlocks: 60 });
    for (let i = 0; i < 20; i++) {
      await harness.world.advance(7_000 + i * 137);
      harness.world.restart("validator");
    }
    await harness.world.advance(120_000);
    const decided = await harness.events("weights.decided");
    const set = await harness.events("weights.set");
    expect(decided.length).toBeGreaterThan(1);
    expect(new Set(decided.map(({ key }) => key)).size).toBe(decided.length);
    expect(set.length).toBeGreaterThan(1);
    expect(set.map(({ key }) => Number(key))).toEqual(
      [...set.map(({ key }) => Number(key))].sort((a, b) => a - b),
    );
  });

  test("of a setter that lost its lease are refused by the ledger", async () => {
    await using harness = await createHarness({ miners: { good: goodMiner } });
    const { world, ledger } = harness;
    await closed(harness);
    const { hotkey } = simulatedSigner("validator");
    const key = `weights/1/${hotkey}`;
    world.kill("validator");
    let taken: Promise<Lease> | undefined;
    world.node("second", ({ transport, clock, rng }) => {
      const { signal } = new AbortController();
      taken = acquireLease({
        leases: transport.leases,
        key,
        owner: "second",
        clock,
        rng,
        log: keptLog(),
        signal,
      });
    });
    await world.advance(60_000);
    const lease = (await taken) as Lease;
    await ledger.append([{ subnet: "tiny", type: "note", key: "1", body: {} }], {
      fence: { lease: key, token: lease.token },
    });
    const late = ledger
      .append([{ subnet: "tiny", type: "note", key: "2", body: {} }], {
        fence: { lease: key, token: lease.token - 1 },
      })
      .catch((failure: Failure) => failure);
    await world.advance(1_000);
    const refused = await late;
    expect(refused).toMatchObject({ code: "fenced" });
    expect(await ledger.get("tiny", "note", "2")).toBeUndefined();
  });
});
