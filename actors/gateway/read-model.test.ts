import { expect, test } from "bun:test";
import fc from "fast-check";
import type { LedgerEvent, NewEvent } from "../../ledger/ledger.ts";
import { MAX_JOBS_SHOWN, MinerPage, Snapshot } from "../../protocol/views.ts";
import * as story from "../../test/web/story.ts";
import { createReadModel } from "./read-model.ts";

const START = 1_700_000_000_000;
const TWO = story.seats(2);
const [first, second] = TWO as [story.Seat, story.Seat];

function modelOf(...events: NewEvent[]) {
  let now = START;
  let seq = 0;
  const model = createReadModel({
    ...{ net: "test", subnet: story.subnet, clock: { now: () => now } },
    names: new Map([[first.hotkey, "good"]]),
  });
  const event = (what: NewEvent): LedgerEvent => {
    seq++;
    return { ...what, seq, at: START + seq, prev: "", hash: seq.toString(16).padStart(64, "0") };
  };
  const tell = (...more: NewEvent[]) => {
    for (const each of more) model.apply(event(each));
  };
  const hear = (node: string, state: "ready" | "stopped" = "ready") =>
    model.hear({ ...{ node, state, roles: [], version: "1" }, startedAt: 0, at: 0, gauges: {} });
  tell(...events);
  return { ...model, tell, hear, model, pass: (ms: number) => void (now += ms) };
}

const minerOf = ({ model }: ReturnType<typeof modelOf>, uid: number) => {
  const page = model.miner(uid);
  if (page === undefined) throw new Error(`uid ${uid} is not shown`);
  return page;
};

test("shows standings only of rounds that closed, and the open round apart", () => {
  const world = modelOf(
    ...story.wholeRound(1, TWO),
    story.opened(2, TWO),
    story.concluded(2, 1, "code-1", { outcome: "wrong" }),
  );
  const { miners, overview } = Snapshot.parse(world.snapshot());
  expect(miners.map(({ uid, name, accuracy, jobs }) => [uid, name, accuracy, jobs])).toEqual([
    [1, "good", 1, 3],
    [2, null, 0, 3],
  ]);
  expect(miners[0]?.open).toEqual({ jobs: 1, accuracy: 0 });
  expect(overview.round).toMatchObject({ round: 2, planned: 6, concluded: 1, outcomes: { wrong: 1 } });
  expect(overview.outcomes).toEqual({ ok: 3, timeout: 3, wrong: 1 });
});

test("an event that comes twice changes nothing", () => {
  const events = [...story.wholeRound(1, TWO), story.decided(1, 1, [3, 1]), story.set(1, 1)];
  const stored = events.map(
    (event, at): LedgerEvent => ({ ...event, seq: at + 1, at: START, prev: "", hash: "0".repeat(64) }),
  );
  const read = (order: LedgerEvent[]) => {
    const model = createReadModel({ net: "test", subnet: story.subnet, clock: { now: () => START } });
    for (const event of order) model.apply(event);
    return { snapshot: model.snapshot(), pages: [model.miner(1), model.miner(2)] };
  };
  const once = read(stored);
  fc.assert(
    fc.property(fc.nat({ max: stored.length - 1 }), fc.nat({ max: stored.length - 1 }), (from, to) => {
      // What a restarted loop does: it reads on from somewhere before the place it had reached.
      expect(read([...stored.slice(0, to + 1), ...stored.slice(Math.min(from, to)), ...stored])).toEqual(
        once,
      );
    }),
    { numRuns: 30 },
  );
});

test("moves past events that it does not know", () => {
  const world = modelOf(story.opened(1, TWO));
  const before = world.snapshot();
  world.tell({ subnet: story.SUBNET, type: "moon.landed", key: "1", body: { anything: [1] } });
  const after = world.snapshot();
  expect(after.overview.ledger.seq).toBe(before.overview.ledger.seq + 1);
  expect({ ...after, overview: null }).toEqual({ ...before, overview: null });
});

test("rounds stand newest first, whatever order they were opened in", () => {
  const world = modelOf(story.opened(5, TWO), story.opened(3, TWO), story.opened(4, TWO));
  world.tell(story.concluded(3, 1, "code-1"), story.closed(4));
  const { rounds, overview } = world.snapshot();
  expect(rounds.map(({ round, concluded, closedAt }) => [round, concluded, closedAt !== null])).toEqual([
    [5, 0, false],
    [4, 0, true],
    [3, 1, false],
  ]);
  expect(overview.round?.round).toBe(5);
});

test("a job tried twice is one job of the round and two attempts", () => {
  const world = modelOf(
    story.opened(1, TWO),
    story.concluded(1, 1, "code-1", { outcome: "infra" }),
    story.concluded(1, 1, "code-1", { attempt: 2 }),
  );
  expect(world.snapshot().rounds[0]).toMatchObject({ concluded: 1, outcomes: { infra: 1, ok: 1 } });
  expect(minerOf(world, 1).jobs.map(({ attempt, accuracy }) => [attempt, accuracy])).toEqual([
    [2, 1],
    [1, null],
  ]);
});

test("an absent miner plans no jobs and is said to be absent until the next round", () => {
  const world = modelOf(story.opened(1, TWO), story.absent(1, second));
  expect(world.snapshot().rounds[0]).toMatchObject({ planned: 3 });
  expect(minerOf(world, 2).miner.presence).toBe("absent");
  world.tell(story.closed(1), story.opened(2, TWO));
  expect(minerOf(world, 2).miner.presence).toBe("here");
});

test("a hotkey that takes over a uid starts from nothing: no jobs, evidence, weight or standing of its predecessor", () => {
  const evidence = { sha256: "cd".repeat(32), size: 10 };
  const world = modelOf(
    ...story.wholeRound(1, TWO),
    story.decided(1, 1, [1, 1]),
    story.set(1, 1),
    story.opened(2, TWO),
    story.concluded(2, 2, "code-1", { evidence }),
  );
  expect(world.evidence(evidence.sha256)).toEqual(evidence);
  expect(minerOf(world, 2).miner.weight).toBe(0.5);

  world.tell(story.closed(2), story.opened(3, [first, { uid: 2, hotkey: story.hotkey(9) }]));
  const { miner, jobs } = minerOf(world, 2);
  expect(miner).toMatchObject({ hotkey: story.hotkey(9), jobs: 0, accuracy: 0, weight: 0, outcomes: {} });
  expect(jobs).toEqual([]);
  expect(world.evidence(evidence.sha256)).toBeUndefined();

  // A late conclusion of a round that was the predecessor's.
  world.tell(story.concluded(2, 2, "code-2"));
  expect(minerOf(world, 2).jobs).toEqual([]);
  world.tell(story.concluded(3, 2, "code-2"));
  expect(minerOf(world, 2).jobs).toHaveLength(1);
});

test("a miner that is not registered any more is last, and said to be gone", () => {
  const world = modelOf(...story.wholeRound(1, TWO), story.opened(2, [second]));
  expect(world.snapshot().miners.map(({ uid, presence }) => [uid, presence])).toEqual([
    [2, "here"],
    [1, "gone"],
  ]);
});

test("weights count when the chain took them, not when they were decided or refused", () => {
  const world = modelOf(...story.wholeRound(1, TWO), story.decided(1, 1, [3, 1]));
  expect(world.snapshot().weights[0]).toMatchObject({ state: "decided", miners: 2 });
  expect(minerOf(world, 1).miner.weight).toBe(0);
  world.tell(story.set(1, 1));
  expect(minerOf(world, 1).miner.weight).toBe(0.75);
  world.tell(story.decided(2, 2, [1, 3]), story.refused(2, 2, "rate limit"));
  expect(minerOf(world, 1).miner.weight).toBe(0.75);
  expect(world.snapshot().weights.map(({ epoch, state, reason }) => [epoch, state, reason])).toEqual([
    [2, "refused", "rate limit"],
    [1, "set", null],
  ]);
});

test("memory and page stay bounded: the oldest jobs of a miner go, and their evidence with them", () => {
  const digest = (index: number) => index.toString(16).padStart(64, "0");
  const tasks = Array.from({ length: MAX_JOBS_SHOWN + 20 }, (_, index) => `code-${index}`);
  const world = modelOf(
    story.opened(1, TWO, tasks),
    ...tasks.map((task, index) =>
      story.concluded(1, 1, task, { evidence: { sha256: digest(index), size: 1 } }),
    ),
  );
  const page = MinerPage.parse(minerOf(world, 1));
  expect(page.jobs).toHaveLength(MAX_JOBS_SHOWN);
  expect(page.jobs[0]?.task).toBe(tasks.at(-1));
  expect(world.evidence(digest(0))).toBeUndefined();
  expect(world.evidence(digest(tasks.length - 1))).toBeDefined();
});

test("a detail of a quarter megabyte is clipped before it is kept", () => {
  const world = modelOf(story.opened(1, TWO));
  world.tell(story.concluded(1, 1, "code-1", { detail: { log: "x".repeat(200_000) } }));
  expect(JSON.stringify(minerOf(world, 1)).length).toBeLessThan(10_000);
});

test("a node that falls silent stays to be seen; one that stopped leaves soon", () => {
  const world = modelOf();
  world.hear("a");
  world.hear("b", "stopped");
  world.pass(120_000);
  expect(world.snapshot().nodes.map(({ node, heardAt }) => [node, heardAt])).toEqual([["a", START]]);
  world.pass(3_600_000);
  expect(world.snapshot().nodes).toEqual([]);
});

test("what it shows of a thousand miners passes the published schema", () => {
  const many = story.seats(1_024);
  const world = modelOf(...story.wholeRound(1, many));
  expect(Snapshot.parse(world.snapshot()).miners).toHaveLength(1_024);
});
