import { expect, test } from "bun:test";
import { testActors } from "../../test/support/actors.ts";
import { rejection } from "../../test/support/rejection.ts";
import type { ActorKind } from "./actor.ts";

function counters(events: string[] = []): ActorKind<"count" | "fail", number> {
  return {
    name: "counter",
    children: { intensity: { restarts: 1, withinMs: 60_000 } },
    start(self) {
      let count = 0;
      events.push(`start ${self.key}`);
      return {
        receive(order) {
          if (order === "fail") throw new Error("poisoned");
          return ++count;
        },
      };
    },
  };
}

test("the first message starts the actor of its key, and every key has one", async () => {
  const { system } = testActors();
  const events: string[] = [];
  const family = system.virtual(counters(events));
  expect(events).toEqual([]);
  const answers = await Promise.all([
    family.ref("a").ask("count"),
    family.ref("a").ask("count"),
    family.ref("b").ask("count"),
  ]);
  expect(answers).toEqual([1, 2, 1]);
  expect(events).toEqual(["start a", "start b"]);
});

test("an idle actor is evicted, a used one stays, and the next message starts it without its past", async () => {
  const { system, clock } = testActors();
  const family = system.virtual(counters(), { idleMs: 1_000 });
  await family.ref("idle").ask("count");
  for (let i = 1; i <= 6; i++) {
    expect(await family.ref("used").ask("count")).toBe(i);
    await clock.advance(400);
  }
  expect(family.active).toBe(1);
  expect(await family.ref("used").ask("count")).toBe(7);
  expect(await family.ref("idle").ask("count")).toBe(1);
});

test("no actor is evicted before it was idle for as long as agreed", async () => {
  const { system, clock } = testActors();
  const family = system.virtual(counters(), { idleMs: 1_000 });
  await clock.advance(499);
  await family.ref("a").ask("count");
  await clock.advance(1_000);
  expect(family.active).toBe(1);
  await clock.advance(501);
  expect(family.active).toBe(0);
});

test("a key being evicted is never active twice: its messages wait, in order, for the next activation", async () => {
  const { system, clock } = testActors();
  const events: string[] = [];
  const family = system.virtual<string>(
    {
      name: "slow",
      start: () => {
        events.push("start");
        return {
          receive: (text) => void events.push(text),
          async stop() {
            events.push("stopping");
            await clock.sleep(1_000);
            events.push("stopped");
          },
        };
      },
    },
    { idleMs: 100 },
  );
  await family.ref("k").tell("first");
  await clock.advance(150);
  expect(events).toEqual(["start", "first", "stopping"]);
  void family.ref("k").tell("second");
  void family.ref("k").tell("third");
  await clock.advance(900);
  expect(events).toHaveLength(3);
  await clock.advance(100);
  expect(events.slice(3)).toEqual(["stopped", "start", "second", "third"]);
});

test("a poisoned key harms only itself", async () => {
  const { system, clock, escalated } = testActors();
  const family = system.virtual(counters());
  await family.ref("good").ask("count");
  for (let i = 0; i < 10; i++) {
    void family.ref("bad").tell("fail");
    await clock.advance(100);
  }
  expect(escalated).toEqual([]);
  expect(await family.ref("good").ask("count")).toBe(2);
});

test("more keys than the limit are overloaded, and there is room again after eviction", async () => {
  const { system, clock } = testActors();
  const family = system.virtual(counters(), { idleMs: 100, maxActive: 2 });
  await family.ref("a").ask("count");
  await family.ref("b").ask("count");
  expect((await rejection(family.ref("c").ask("count"))).code).toBe("overloaded");
  await clock.advance(200);
  expect(await family.ref("c").ask("count")).toBe(1);
});

test("a key that could not be part of a path is refused", async () => {
  const { system } = testActors();
  const family = system.virtual(counters());
  for (const key of ["", "a/b", "x".repeat(200)]) {
    expect((await rejection(family.ref(key).ask("count"))).code).toBe("malformed");
  }
});
