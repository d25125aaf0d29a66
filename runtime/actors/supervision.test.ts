import { expect, test } from "bun:test";
import fc from "fast-check";
import { testActors } from "../../test/support/actors.ts";
import { rejection } from "../../test/support/rejection.ts";
import { createSeededRng } from "../ports/seeded-rng.ts";
import type { ActorKind, ActorRef, Terminated } from "./actor.ts";
import { affectedBy, backoffMs, RestartWindow, type Supervision } from "./supervision.ts";

type Order = "fail" | "count";

/** Counts messages since its start; tells `events` of starts and stops. */
const worker = (name: string, events: string[]): ActorKind<Order, number> => ({
  name,
  start() {
    let count = 0;
    events.push(`start ${name}`);
    return {
      receive(order) {
        if (order === "fail") throw new Error(`${name} is broken`);
        return ++count;
      },
      stop: (reason) => void events.push(`stop ${name} ${reason}`),
    };
  },
});

function family(children: Supervision) {
  const context = testActors();
  const events: string[] = [];
  const refs: Record<string, ActorRef<Order, number>> = {};
  const parent: ActorKind<Order> = {
    name: "parent",
    children,
    start(self) {
      events.push("start parent");
      for (const name of ["a", "b", "c"]) refs[name] = self.spawn(worker(name, events), { name });
      return { receive: () => {} };
    },
  };
  context.system.spawn(parent, { name: "parent" });
  events.length = 0;
  return { ...context, events, refs };
}

test("a failed actor starts afresh after a backoff and keeps its mail", async () => {
  const { system, clock, deadLetters } = testActors();
  const events: string[] = [];
  const actor = system.spawn(worker("w", events));
  expect(await actor.ask("count")).toBe(1);
  void actor.tell("fail");
  const next = actor.ask("count");
  await clock.settle();
  expect(events).toEqual(["start w", "stop w restarting"]);
  await clock.advance(50);
  expect(await next).toBe(1);
  expect(events).toEqual(["start w", "stop w restarting", "start w"]);
  expect(deadLetters.list()).toMatchObject([{ message: "fail", reason: "failed" }]);
});

test("the asker of a turn that broke learns it as a defect, and the actor is restarted", async () => {
  const { system, clock } = testActors();
  const actor = system.spawn(worker("w", []));
  const failure = await rejection(actor.ask("fail"));
  expect(failure).toMatchObject({ code: "defect", message: "w is broken" });
  await clock.advance(50);
  expect(system.inspect()).toMatchObject([{ path: "/w-1", restarts: 1 }]);
});

test.each<[NonNullable<Supervision["strategy"]>, string[]]>([
  ["one-for-one", ["b"]],
  ["rest-for-one", ["b", "c"]],
  ["one-for-all", ["a", "b", "c"]],
])("%s restarts %j when b fails, in the order of their start", async (strategy, names) => {
  const { refs, events, clock } = family({ strategy });
  void refs.b!.tell("fail");
  await clock.settle();
  expect(events.sort()).toEqual(names.map((name) => `stop ${name} restarting`));
  events.length = 0;
  await clock.advance(50);
  expect(events).toEqual(names.map((name) => `start ${name}`));
  for (const name of ["a", "b", "c"]) expect(await refs[name]!.ask("count")).toBe(1);
});

test("more failures than the intensity allows escalate: the parent fails and starts its children anew", async () => {
  const { refs, events, clock, system } = family({ intensity: { restarts: 2, withinMs: 1_000 } });
  for (let i = 0; i < 2; i++) {
    void refs.b!.tell("fail");
    await clock.advance(200);
  }
  expect(events.filter((event) => event.startsWith("start"))).toEqual(["start b", "start b"]);
  events.length = 0;
  void refs.b!.tell("fail");
  await clock.advance(200);
  expect(events.filter((event) => event.startsWith("start"))).toEqual([
    "start parent",
    "start a",
    "start b",
    "start c",
  ]);
  expect(system.inspect().find((each) => each.path === "/parent")).toMatchObject({ restarts: 1 });
  expect(await refs.b!.ask("count")).toBe(1);
});

test("a parent that was restarted starts counting its children's failures again", async () => {
  const { refs, clock, system } = family({ intensity: { restarts: 1, withinMs: 60_000 } });
  for (let i = 0; i < 3; i++) {
    void refs.b!.tell("fail");
    await clock.advance(200);
  }
  // One restart of b, one of the parent, one of b again.
  expect(system.inspect().find((each) => each.path === "/parent")).toMatchObject({ restarts: 1 });
  expect(system.inspect().find((each) => each.path === "/parent/b")).toMatchObject({ restarts: 1 });
});

test("an actor starts again only when its last start has given back what it held", async () => {
  const { system, clock } = testActors();
  let holders = 0;
  const child: ActorKind<null> = {
    name: "child",
    start: () => {
      if (++holders > 1) throw new Error("the port is still taken");
      return {
        receive: () => {},
        async stop() {
          await clock.sleep(3_000);
          holders--;
        },
      };
    },
  };
  let starts = 0;
  const parent = system.spawn<"fail">({
    name: "parent",
    start(self) {
      starts++;
      self.spawn(child, { name: "child" });
      return {
        receive: () => {
          throw new Error("broken");
        },
      };
    },
  });
  void parent.tell("fail");
  await clock.advance(2_999);
  expect(starts).toBe(1);
  await clock.advance(100);
  expect(starts).toBe(2);
  expect(holders).toBe(1);
  expect(system.inspect().map((each) => each.state)).toEqual(["running", "running"]);
});

test("a start that never ends counts as a failure, and is tried again", async () => {
  const { system, clock } = testActors();
  let starts = 0;
  const ref = system.spawn<string, string>({
    name: "hung",
    turnMs: 1_000,
    start: () => (++starts === 1 ? new Promise(() => {}) : { receive: (text) => text }),
  });
  const asked = ref.ask("hello");
  await clock.advance(1_100);
  expect(await asked).toBe("hello");
  expect(starts).toBe(2);
  expect(system.idle).toBe(true);
});

test("failures spread out further than the window never escalate", async () => {
  const { refs, clock, escalated, system } = family({ intensity: { restarts: 1, withinMs: 1_000 } });
  for (let i = 0; i < 5; i++) {
    void refs.a!.tell("fail");
    await clock.advance(1_100);
  }
  expect(escalated).toEqual([]);
  expect(system.inspect().find((each) => each.path === "/parent/a")).toMatchObject({ restarts: 5 });
});

test("what the top supervisor cannot mend is the node's failure, with the cause", async () => {
  const { system, clock, escalated } = testActors({
    supervision: { intensity: { restarts: 1, withinMs: 60_000 } },
  });
  const notices: Terminated[] = [];
  const actor = system.spawn(worker("w", []));
  system.watch(actor, (notice) => notices.push(notice));
  void actor.tell("fail");
  await clock.advance(100);
  void actor.tell("fail");
  await clock.advance(100);
  expect(escalated).toHaveLength(1);
  expect(escalated[0]).toMatchObject({ code: "defect", meta: { path: "/w-1", restarts: 1 } });
  expect((escalated[0]!.cause as Error).message).toBe("w is broken");
  expect(notices).toMatchObject([{ path: "/w-1", reason: "failed", failure: { code: "defect" } }]);
});

test("a start that fails is tried again like any failure, also when it fails later", async () => {
  const { system, clock } = testActors();
  let tries = 0;
  const actor = system.spawn<string, string>({
    name: "slow",
    async start() {
      await clock.sleep(10);
      if (++tries < 3) throw new Error("not yet");
      return { receive: (text) => text };
    },
  });
  const asked = actor.ask("hello");
  await clock.advance(500);
  expect(await asked).toBe("hello");
  expect(tries).toBe(3);
});

test("a sibling whose restart fails does not let the others run ahead of it", async () => {
  const { system, clock } = testActors();
  const running = new Set<string>();
  let broken = 0;
  const child = (name: string): ActorKind<"fail"> => ({
    name,
    start() {
      if (name === "b" && broken-- > 0) throw new Error("still broken");
      running.add(name);
      return {
        receive: () => {
          throw new Error("fails");
        },
        stop: () => void running.delete(name),
      };
    },
  });
  const refs: ActorRef<"fail">[] = [];
  system.spawn<null>({
    name: "parent",
    children: { strategy: "one-for-all", backoff: { minMs: 100, maxMs: 100 } },
    start(self) {
      for (const name of ["a", "b", "c"]) refs.push(self.spawn(child(name), { name }));
      return { receive: () => {} };
    },
  });
  broken = 1;
  void refs[0]!.tell("fail");
  await clock.advance(100);
  expect([...running]).toEqual([]);
  await clock.advance(100);
  expect([...running]).toEqual(["a", "b", "c"]);
});

test("stopping a parent stops its children first, the last one first, and tells who watches", async () => {
  const { system, events, clock } = family({});
  const notices: string[] = [];
  const watcher = system.spawn<Terminated>({
    name: "watcher",
    start: () => ({ receive: (notice) => void notices.push(`${notice.path} ${notice.reason}`) }),
  });
  const parent = system.spawn<"stop">({
    name: "other",
    start: (self) => {
      self.spawn(worker("x", events), { name: "x" });
      self.spawn(worker("y", events), { name: "y" });
      return { receive: () => self.stop(), stop: () => void events.push("stop other") };
    },
  });
  system.spawn<Terminated>({
    name: "reporter",
    start: (self) => {
      self.watch(parent, (notice) => notice);
      return { receive: (notice) => void watcher.tell(notice) };
    },
  });
  events.length = 0;
  await parent.tell("stop");
  await clock.advance(1);
  expect(events).toEqual(["stop y stopped", "stop x stopped", "stop other"]);
  expect(notices).toEqual(["/other-2 stopped"]);
  system.watch(parent, (notice) => notices.push(`again ${notice.reason}`));
  await clock.advance(0);
  expect(notices).toEqual(["/other-2 stopped", "again stopped"]);
});

test("backoff doubles up to its limit and is spread over the upper half", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), (attempt, seed) => {
      const delay = backoffMs(attempt, { minMs: 50, maxMs: 10_000 }, createSeededRng(seed));
      const ceiling = Math.min(10_000, 50 * 2 ** (attempt - 1));
      expect(delay).toBeGreaterThanOrEqual(ceiling / 2);
      expect(delay).toBeLessThanOrEqual(ceiling);
    }),
  );
});

test("a restart window admits what its intensity allows and forgets what is past", () => {
  const window = new RestartWindow({ restarts: 2, withinMs: 100 });
  expect([window.admit(0), window.admit(50), window.admit(99)]).toEqual([1, 2, undefined]);
  expect(window.admit(100)).toBe(2);
  expect(window.admit(120)).toBeUndefined();
  expect(window.admit(1_000)).toBe(1);
});

test("strategies name the siblings they restart", () => {
  const all = ["a", "b", "c"];
  expect(affectedBy("b", all, "one-for-one")).toEqual(["b"]);
  expect(affectedBy("b", all, "rest-for-one")).toEqual(["b", "c"]);
  expect(affectedBy("b", all, "one-for-all")).toEqual(all);
});
