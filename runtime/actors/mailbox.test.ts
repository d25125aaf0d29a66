import { expect, test } from "bun:test";
import fc from "fast-check";
import { gate, testActors } from "../../test/support/actors.ts";
import { rejection } from "../../test/support/rejection.ts";
import { createSystemClock } from "../ports/system-clock.ts";
import type { ActorKind, ActorRef, Overload } from "./actor.ts";
import { Ring } from "./ring.ts";

/** Handles one message at a time, each only when let. */
function stubborn(overload: Overload, capacity: number) {
  const handled: number[] = [];
  const gates: (() => void)[] = [];
  const kind: ActorKind<number, number> = {
    name: "stubborn",
    mailbox: { capacity, overload, retryAfterMs: 250 },
    start: () => ({
      async receive(message) {
        const { promise, resolve } = gate();
        gates.push(resolve);
        await promise;
        handled.push(message);
        return message;
      },
    }),
  };
  return { kind, handled, next: () => gates.shift()?.() };
}

test("a ring is a first-in first-out queue at every size", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer())), (steps) => {
      const ring = new Ring<number>();
      const model: number[] = [];
      for (const step of steps) {
        if (step === null) expect(ring.shift()).toBe(model.shift());
        else {
          ring.push(step);
          model.push(step);
        }
        expect(ring.size).toBe(model.length);
      }
    }),
    { numRuns: 200 },
  );
});

test("messages are handled in the order they were sent, one turn at a time", async () => {
  const { system, clock } = testActors();
  const { kind, handled, next } = stubborn("reject", 10);
  const actor = system.spawn(kind);
  for (const message of [1, 2, 3]) void actor.tell(message);
  for (let i = 0; i < 3; i++) {
    await clock.settle();
    expect(handled).toHaveLength(i);
    next();
  }
  await clock.settle();
  expect(handled).toEqual([1, 2, 3]);
});

test("reject: the sender of a message too many learns when to come back, and the message is a dead letter", async () => {
  const { system, clock, deadLetters, metrics } = testActors();
  const actor = system.spawn(stubborn("reject", 2).kind);
  await actor.tell(1);
  await clock.settle();
  await actor.tell(2);
  await actor.tell(3);
  const failure = await rejection(actor.tell(4));
  expect(failure).toMatchObject({ code: "overloaded", retryable: true, retryAfterMs: 250 });
  expect((await rejection(actor.ask(5))).code).toBe("overloaded");
  expect(deadLetters.list().map(({ message, reason }) => ({ message, reason }))).toEqual([
    { message: 4, reason: "overloaded" },
  ]);
  expect(metrics.read("orrery_actor_dropped_total", { kind: "stubborn", reason: "overloaded" })).toBe(2);
});

test("a rejected tell that nobody awaits does not end the process", async () => {
  const { system, clock } = testActors();
  const actor = system.spawn(stubborn("reject", 1).kind);
  for (let i = 0; i < 10; i++) void actor.tell(i);
  await clock.settle();
});

test("drop-oldest: the message that waited longest gives way, and its asker is told", async () => {
  const { system, clock, deadLetters } = testActors();
  const { kind, handled, next } = stubborn("drop-oldest", 2);
  const actor = system.spawn(kind);
  await actor.tell(1);
  await clock.settle();
  const asked = rejection(actor.ask(2));
  await actor.tell(3);
  await actor.tell(4);
  expect((await asked).code).toBe("overloaded");
  await actor.tell(5);
  expect(deadLetters.list().map((letter) => letter.message)).toEqual([3]);
  for (let i = 0; i < 3; i++) {
    next();
    await clock.settle();
  }
  expect(handled).toEqual([1, 4, 5]);
});

test("block: senders wait for room in their order, until their deadline or signal", async () => {
  const { system, clock } = testActors();
  const { kind, handled, next } = stubborn("block", 2);
  const actor = system.spawn(kind);
  await actor.tell(1);
  await clock.settle();
  await actor.tell(2);
  await actor.tell(3);
  const stop = new AbortController();
  const order: string[] = [];
  const withdrawn = rejection(actor.tell(4, { signal: stop.signal }));
  void actor.tell(5).then(() => order.push("granted"));
  const late = rejection(actor.tell(6, { deadline: clock.now() + 50 }));
  expect((await late).code).toBe("overloaded");
  stop.abort();
  expect((await withdrawn).code).toBe("cancelled");
  expect(order).toEqual([]);
  next();
  await clock.settle();
  expect(order).toEqual(["granted"]);
  const timedOut = rejection(actor.tell(7, { deadline: clock.now() + 50 }));
  await clock.advance(50);
  expect((await timedOut).code).toBe("timeout");
  for (let i = 0; i < 4; i++) {
    next();
    await clock.settle();
  }
  expect(handled).toEqual([1, 2, 3, 5]);
});

test("a message that expired in the mailbox is counted and never handled", async () => {
  const { system, clock, deadLetters, metrics } = testActors();
  const { kind, handled, next } = stubborn("reject", 10);
  const actor = system.spawn(kind);
  await actor.tell(1);
  await clock.settle();
  await actor.tell(2, { deadline: clock.now() + 100 });
  const asked = rejection(actor.ask(3, { deadline: clock.now() + 100 }));
  await clock.advance(100);
  expect((await asked).code).toBe("timeout");
  next();
  await clock.settle();
  expect(handled).toEqual([1]);
  expect(deadLetters.list()).toMatchObject([{ message: 2, reason: "expired" }]);
  expect(metrics.read("orrery_actor_dropped_total", { kind: "stubborn", reason: "withdrawn" })).toBe(1);
});

test("a stopped actor refuses messages, and what was in its mailbox becomes dead letters", async () => {
  const { system, clock, deadLetters } = testActors();
  const actor = system.spawn(stubborn("block", 1).kind);
  await actor.tell(1);
  await clock.settle();
  await actor.tell(2);
  const blocked = rejection(actor.tell(3));
  const stopped = system.stop(actor);
  await clock.advance(5_000);
  await stopped;
  expect((await blocked).code).toBe("unavailable");
  expect((await rejection(actor.ask(4))).code).toBe("unavailable");
  expect(deadLetters.list()).toMatchObject([{ message: 2, reason: "stopped" }]);
});

test("a chatty pair of actors leaves timers their chance", async () => {
  const clock = createSystemClock();
  const { system } = testActors({ clock });
  let stop = false;
  const refs: ActorRef<null>[] = [];
  for (const other of [1, 0]) {
    const receive = () => {
      if (!stop) void refs[other]!.tell(null);
    };
    refs.push(system.spawn({ name: "chatty", start: () => ({ receive }) }));
  }
  void refs[0]!.tell(null);
  await clock.sleep(5);
  stop = true;
  expect(system.inspect()[0]!.processed).toBeGreaterThan(100);
});
