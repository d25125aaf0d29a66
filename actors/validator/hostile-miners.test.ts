/** What one miner can say to stop, delay or exhaust a validator, and what it comes to: its own outcome, nobody else's. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import type { RecordBody } from "../../protocol/records.ts";
import { implement } from "../../protocol/service.ts";
import { Miner } from "../../protocol/services/miner.ts";
import { NO_MODEL } from "../../test/support/no-model.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { createHarness, goodMiner, type Harness } from "../../test/support/subnet-harness.ts";
import { bootNode } from "../boot-node.ts";

const GOOD = { "sum-0": "ok", "sum-1": "ok", "word-0": "ok" };

/** Runs until the first round must be over; the validator has borne everything without one restart of its loop. */
async function afterRound(harness: Harness): Promise<Record<string, Record<string, string>>> {
  await harness.world.advance(150_000);
  expect((await harness.events("round.closed")).map(({ key }) => key)).toContain("0");
  expect(harness.logged.filter(({ message }) => message.startsWith("a loop failed"))).toEqual([]);
  const outcomes = await harness.outcomes();
  expect(outcomes.good).toEqual(GOOD);
  return outcomes;
}

const reasons = async (harness: Harness): Promise<string[]> =>
  (await harness.events("miner.absent")).map(({ body }) => (body as RecordBody<"miner.absent">).reason);

/** A miner that speaks the protocol in ways that our own miner role never would. */
function rawMiner(harness: Harness, uid: number, answer: () => AsyncIterable<unknown>): void {
  harness.world.node(`raw-${uid}`, async (ports) => {
    const { node } = bootNode({ name: `raw-${uid}`, net: "tiny", roles: ["miner"], ports, log: keptLog() });
    const served = implement(Miner, {
      submission: async () => ({ status: "none" }),
      answer: answer as never,
      ...NO_MODEL,
    });
    await node.serve(served, { key: String(uid) });
  });
}

describe("text that cannot be recorded", () => {
  test("an answer with half a character is malformed", async () => {
    await using harness = await createHarness({
      miners: {
        good: goodMiner,
        bad: {
          ...goodMiner,
          async *answer() {
            yield "\ud800";
          },
        },
      },
    });
    expect((await afterRound(harness)).bad).toEqual({ ...GOOD, "word-0": "malformed" });
  });

  test("reasons that are cut in the middle of a character are recorded all the same", async () => {
    const reason = `${"x".repeat(999)}😀`;
    await using harness = await createHarness({
      miners: {
        good: goodMiner,
        bad: {
          program: async () => {
            throw new Failure("refused", reason);
          },
          // biome-ignore lint/correctness/useYield: it fails before it says anything
          async *answer() {
            throw new Failure("refused", reason, { hint: reason, meta: { reason } });
          },
        },
      },
    });
    expect((await afterRound(harness)).bad).toEqual({ "word-0": "refused" });
    expect(await reasons(harness)).toEqual([`${"x".repeat(999)}\ufffd`]);
  });

  test("a program with half a character makes its miner absent", async () => {
    await using harness = await createHarness({
      miners: {
        good: goodMiner,
        bad: {
          ...goodMiner,
          program: async () => ({ runtime: "python", entry: "a.py", files: { "a.py": "\udc00" } }),
        },
      },
    });
    expect((await afterRound(harness)).bad).toEqual({ "word-0": "ok" });
    expect(await reasons(harness)).toEqual([expect.stringContaining("lone surrogate")]);
  });
});

describe("making the validator wait", () => {
  test("a miner that asks to be asked again in thirty years is absent now", async () => {
    await using harness = await createHarness({
      miners: {
        good: goodMiner,
        later: {
          ...goodMiner,
          program: async () => {
            throw new Failure("overloaded", "come back later", { retryAfterMs: 1e12 });
          },
        },
      },
    });
    expect((await afterRound(harness)).later).toEqual({ "word-0": "ok" });
    expect(await reasons(harness)).toEqual(["come back later"]);
  });

  test("a miner that is slow to hand in costs its own jobs, and the round no more than the patience", async () => {
    await using harness = await createHarness({
      miners: {
        good: goodMiner,
        slow: {
          ...goodMiner,
          program: (kind) =>
            harness
              .validator()
              .clock.sleep(20_000)
              .then(() => goodMiner.program?.(kind)),
        },
      },
    });
    expect((await afterRound(harness)).slow).toEqual({ "word-0": "ok" });
    const [opened, closed] = await harness.ledger.read({ types: ["round.opened", "round.closed"] });
    // 20 s of patience, and what the answers took meanwhile.
    expect((closed?.at ?? Number.NaN) - (opened?.at ?? 0)).toBeLessThan(25_000);
  });

  test("forty silent miners hold up nobody else's questions", async () => {
    const silent = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`silent-${i}`, "offline" as const]),
    );
    await using harness = await createHarness({
      miners: { ...silent, good: goodMiner },
      params: { sums: 0, words: 4 },
    });
    await harness.world.advance(20_000);
    expect((await harness.outcomes()).good).toEqual({
      "word-0": "ok",
      "word-1": "ok",
      "word-2": "ok",
      "word-3": "ok",
    });
  });
});

describe("answers without end", () => {
  const flood = async (chunk: unknown): Promise<string | undefined> => {
    await using harness = await createHarness({ miners: { good: goodMiner, flood: "offline" } });
    rawMiner(harness, 2, async function* () {
      for (;;) yield chunk;
    });
    return (await afterRound(harness)).flood?.["word-0"];
  };

  test("of empty chunks are cut off", async () => {
    expect(await flood({ content: [] })).toBe("limit");
  });

  test("of empty texts are cut off", async () => {
    expect(await flood({ content: Array.from({ length: 64 }, () => ({ type: "text", text: "" })) })).toBe(
      "limit",
    );
  });

  test("of images are cut off instead of being left out in silence", async () => {
    const blob = { sha256: "0".repeat(64), size: 1 };
    expect(await flood({ content: [{ type: "image", blob }] })).toBe("limit");
  });

  test("whose chunks break the schema are malformed", async () => {
    await using harness = await createHarness({ miners: { good: goodMiner, odd: "offline" } });
    rawMiner(harness, 2, async function* () {
      yield { content: Array.from({ length: 65 }, () => ({ type: "text", text: "" })) };
    });
    expect((await afterRound(harness)).odd).toEqual({ "word-0": "malformed" });
  });
});
