import { expect, test } from "bun:test";
import { Failure } from "../protocol/failure.ts";
import { manualClock } from "../test/support/manual-clock.ts";
import { keptLog, keptMetrics } from "../test/support/quiet.ts";
import { refusal } from "../test/support/rejection.ts";
import { createNode, type NodeOptions } from "./create-node.ts";
import { health, metricsPage, readiness } from "./observe/health.ts";
import { createBunSpawn } from "./ports/bun-spawn.ts";
import { createMemoryBlobs } from "./ports/memory-blobs.ts";
import { createMemoryStore } from "./ports/memory-store.ts";
import { createSeededRng } from "./ports/seeded-rng.ts";
import type { Services } from "./services.ts";
import { createMemoryNetwork } from "./transport/memory.ts";

/** These tests never call a service; whoever does sees it fail. */
const noServices: Services = {
  client() {
    throw new Error("no services here");
  },
  serve() {
    throw new Error("no services here");
  },
};

function testNode(options: Partial<NodeOptions> = {}) {
  const clock = manualClock();
  const rng = createSeededRng(1);
  const log = keptLog();
  const transport = createMemoryNetwork({ clock }).connect({ name: "n1" });
  const ports = {
    clock,
    rng,
    transport,
    blobs: createMemoryBlobs(),
    store: createMemoryStore(),
    spawn: createBunSpawn({ clock }),
  };
  const metrics = keptMetrics();
  const node = createNode({
    name: "n1",
    net: "test",
    roles: ["validator"],
    ports,
    services: noServices,
    log,
    metrics,
    ...options,
  });
  return { node, clock, log, metrics };
}

const drain = async ({ node, clock }: ReturnType<typeof testNode>, ms = 60_000) => {
  const report = node.drain();
  await clock.advance(ms);
  return report;
};

test("a node starts, is ready when told, drains clean and is stopped with its ports closed", async () => {
  const context = testNode();
  const { node } = context;
  expect(readiness(node)).toMatchObject({ status: 503, body: { state: "starting" } });
  node.ready();
  expect(readiness(node)).toMatchObject({ status: 200, body: { node: "n1", state: "ready" } });
  const report = await drain(context);
  expect(report.clean).toBe(true);
  expect(report.phases.map((phase) => phase.phase)).toEqual([
    "stop-accepting",
    "finish-mailboxes",
    "ack-or-nak",
    "release-leases",
    "close",
  ]);
  expect(health(node)).toMatchObject({ status: 503, body: { state: "stopped" } });
  expect(refusal(() => node.store.get("k")).code).toBe("unavailable");
});

test("drain steps run phase by phase, with the node's signal aborted and the ports open until the end", async () => {
  const context = testNode();
  const { node, clock } = context;
  const seen: string[] = [];
  node.onDrain("close", "last", async () => {
    node.store.put("k", new Uint8Array());
    seen.push("close");
  });
  node.onDrain("stop-accepting", "first", async ({ deadline }) => {
    expect(node.signal.aborted).toBe(true);
    expect(deadline).toBe(clock.now() + 2_000);
    seen.push("stop-accepting");
  });
  node.onDrain("release-leases", "middle", async () => void seen.push("release-leases"));
  expect((await drain(context)).clean).toBe(true);
  expect(seen).toEqual(["stop-accepting", "release-leases", "close"]);
  expect(await node.drain()).toBe(await node.drain());
});

test("a step that hangs or throws is named in the report, and the later phases still run", async () => {
  const context = testNode({ drainMs: { "ack-or-nak": 700 } });
  const { node } = context;
  let closed = false;
  node.onDrain("ack-or-nak", "hangs", () => new Promise(() => {}));
  node.onDrain("release-leases", "throws", async () => {
    throw new Failure("unavailable", "server gone");
  });
  node.onDrain("close", "closes", async () => {
    closed = true;
  });
  const report = await drain(context);
  expect(report.clean).toBe(false);
  expect(report.phases.filter((phase) => phase.errors.length > 0)).toMatchObject([
    { phase: "ack-or-nak", timedOut: true, ms: 700, errors: ["hangs: not done within 700 ms"] },
    { phase: "release-leases", timedOut: false, errors: ["throws: server gone"] },
  ]);
  expect(closed).toBe(true);
});

test("a supervised loop is restarted with backoff when it throws, and ends with the node", async () => {
  const context = testNode();
  const { node, clock } = context;
  let runs = 0;
  node.supervise("watcher", async (signal) => {
    if (++runs < 3) throw new Error("broken");
    await clock.sleep(1e9, signal);
  });
  await clock.advance(1_000);
  expect(runs).toBe(3);
  expect(node.inspect().actors).toMatchObject([{ path: "/loops/watcher", restarts: 2, state: "running" }]);
  expect(refusal(() => node.supervise("watcher", async () => {})).code).toBe("conflict");
  expect((await drain(context)).clean).toBe(true);
  expect(node.inspect().actors).toMatchObject([{ state: "finished" }]);
});

test("a loop that ignores the node's end makes the drain unclean", async () => {
  const context = testNode();
  context.node.supervise("deaf", () => new Promise(() => {}));
  expect((await drain(context)).phases[1]).toMatchObject({
    phase: "finish-mailboxes",
    timedOut: true,
    errors: ["loop deaf: not done within 10000 ms"],
  });
});

test("an outage is waited out for hours: retryable failures never fail the node", async () => {
  const context = testNode();
  const { node, clock } = context;
  let outage = true;
  let recovered = false;
  node.supervise("chain", async () => {
    if (outage) throw new Failure("unavailable", "endpoint away");
    recovered = true;
  });
  await clock.advance(2 * 3_600_000);
  expect(health(node).status).toBe(200);
  outage = false;
  await clock.advance(60_000);
  expect(recovered).toBe(true);
});

test("a loop that keeps breaking fails the node, once, with the cause", async () => {
  const { node, clock } = testNode();
  node.ready();
  let runs = 0;
  node.supervise("broken", async () => {
    runs++;
    throw new TypeError("x is undefined");
  });
  await clock.advance(60_000);
  expect(runs).toBe(6);
  const failure = await node.failed;
  expect(failure).toMatchObject({ code: "defect", meta: { loop: "broken", restarts: 5 } });
  expect((failure.cause as Failure).message).toBe("x is undefined");
  expect(health(node)).toMatchObject({ status: 503, body: { state: "ready" } });
  expect(health(node).body.reason).toContain("broken");
});

test("an actor that cannot be mended fails the node", async () => {
  const { node, clock } = testNode({ supervision: { intensity: { restarts: 0, withinMs: 1_000 } } });
  const actor = node.actors.spawn({
    name: "bad",
    start: () => ({
      receive: () => {
        throw new Error("bug");
      },
    }),
  });
  void actor.tell(null);
  await clock.advance(100);
  expect((await node.failed).meta).toMatchObject({ path: "/bad-1" });
});

test("a drain lets actors finish what is in their mailboxes", async () => {
  const context = testNode();
  const { node, clock } = context;
  const done: number[] = [];
  const actor = node.actors.spawn<number>({
    name: "worker",
    start: () => ({
      async receive(message) {
        await clock.sleep(100);
        done.push(message);
      },
    }),
  });
  for (const message of [1, 2, 3]) void actor.tell(message);
  expect((await drain(context)).clean).toBe(true);
  expect(done).toEqual([1, 2, 3]);
});

test("the metrics page carries the sums over the node's actors", async () => {
  const { node, clock } = testNode();
  node.actors.spawn({ name: "a", start: () => ({ receive: () => {} }) });
  await clock.settle();
  expect(await metricsPage(node)).toContain("orrery_actors{} 1");
});

test("a node's reminders fire while it runs and wait on disk once it drains", async () => {
  const context = testNode();
  const { node, clock } = context;
  const fired: string[] = [];
  node.reminders.handle("round", async ({ id }) => void fired.push(id));
  node.reminders.set({ id: "now", to: "round", dueAt: clock.now() + 10, body: null });
  await clock.advance(10);
  expect(fired).toEqual(["now"]);
  node.reminders.set({ id: "later", to: "round", dueAt: clock.now() + 1_000, body: null });
  expect((await drain(context)).clean).toBe(true);
  expect(fired).toEqual(["now"]);
});

test("spans of a node can be looked at while it runs", async () => {
  const { node } = testNode();
  await node.tracer.run("judge", { attributes: { uid: 1 } }, async () => {});
  expect(node.spans()).toMatchObject([{ name: "judge", attributes: { uid: 1 } }]);
});
