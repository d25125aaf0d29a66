import { expect, test } from "bun:test";
import { testActors } from "../../test/support/actors.ts";
import { refusal, rejection } from "../../test/support/rejection.ts";
import type { Context } from "../context.ts";
import type { Actor, ActorKind, Self } from "./actor.ts";

const idle: ActorKind<unknown> = { name: "idle", start: () => ({ receive: () => {} }) };

test("names are unique among siblings, bounded, and cannot forge a path", () => {
  const { system } = testActors();
  system.spawn(idle, { name: "a" });
  expect(refusal(() => system.spawn(idle, { name: "a" })).code).toBe("conflict");
  for (const name of ["", "a/b", "x".repeat(129), "ü"]) {
    expect(refusal(() => system.spawn(idle, { name })).code).toBe("malformed");
  }
});

test("a name is free again once its actor has stopped", async () => {
  const { system } = testActors();
  await system.stop(system.spawn(idle, { name: "a" }));
  system.spawn(idle, { name: "a" });
  expect(system.count).toBe(1);
});

test("no more actors than the node may have", () => {
  const { system } = testActors({ maxActors: 2 });
  system.spawn(idle);
  system.spawn(idle);
  expect(refusal(() => system.spawn(idle)).code).toBe("overloaded");
});

test("a stopping supervisor takes no new children", async () => {
  const { system } = testActors();
  let self: Self<unknown> | undefined;
  const parent = system.spawn({
    name: "parent",
    start(given) {
      self = given;
      return { receive: () => {} };
    },
  });
  await system.stop(parent);
  expect(refusal(() => self!.spawn(idle)).code).toBe("unavailable");
});

test("an actor knows itself, and its signal ends with each of its starts", async () => {
  const { system, clock, log } = testActors();
  const signals: AbortSignal[] = [];
  const kind: ActorKind<"fail" | "hello"> = {
    name: "selfish",
    start(self) {
      signals.push(self.signal);
      return {
        receive(message) {
          if (message === "fail") throw new Error("broken");
          self.log.info("said hello", { path: self.path, key: self.key, same: self.ref === ref });
        },
      };
    },
  };
  const ref = system.spawn(kind, { name: "me" });
  void ref.tell("hello");
  void ref.tell("fail");
  await clock.advance(100);
  expect(log.lines[0]).toMatchObject({
    message: "said hello",
    fields: { actor: "/me", path: "/me", same: true },
  });
  expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
  await system.stop(ref);
  expect(signals[1]!.aborted).toBe(true);
});

test("a turn's context names the sender, the key and the trace of its log lines", async () => {
  const { system, log } = testActors();
  const family = system.virtual<(context: Context) => unknown, unknown>({
    name: "miner",
    start: () => ({ receive: (work, context) => work(context) }),
  });
  const context = (await family.ref("17").ask((given) => {
    given.log.info("working");
    return given;
  })) as Context;
  expect(context).toMatchObject({ key: "17", sender: "test", delivery: 1 });
  expect(log.lines[0]!.fields).toMatchObject({ actor: "/miner/17", traceId: context.trace.traceId });
});

test("a stop hook that throws or hangs does not keep the actor from stopping", async () => {
  const { system, clock, log } = testActors();
  const hooks: Record<string, () => Promise<void>> = {
    throws: async () => {
      throw new Error("cannot let go");
    },
    hangs: () => new Promise(() => {}),
  };
  for (const [name, stop] of Object.entries(hooks)) {
    const ref = system.spawn({ name, patienceMs: 100, start: () => ({ receive: () => {}, stop }) });
    const stopped = system.stop(ref);
    await clock.advance(100);
    await stopped;
  }
  expect(system.count).toBe(0);
  expect(log.lines.map((line) => line.message)).toEqual(["the actor failed to stop cleanly"]);
});

test("an actor stopped while it starts gives back what the start took", async () => {
  const { system, clock } = testActors();
  const { promise, resolve } = Promise.withResolvers<Actor<unknown>>();
  let givenBack = 0;
  const ref = system.spawn({ name: "slow", start: () => promise });
  const asked = rejection(ref.ask(1));
  await system.stop(ref);
  resolve({ receive: () => {}, stop: () => void givenBack++ });
  await clock.settle();
  expect(givenBack).toBe(1);
  expect((await asked).code).toBe("unavailable");
  expect(system.idle).toBe(true);
});

test("a watcher that throws keeps nobody else from being told", async () => {
  const { system } = testActors();
  const ref = system.spawn(idle);
  const told: string[] = [];
  system.watch(ref, () => {
    throw new Error("bad watcher");
  });
  system.watch(ref, (notice) => told.push(notice.reason));
  const cancelled = system.watch(ref, () => told.push("cancelled"));
  cancelled.cancel();
  await system.stop(ref);
  expect(told).toEqual(["stopped"]);
});

test("inspection shows live mailboxes and states, and is bounded", async () => {
  const { system, clock } = testActors();
  const busy = system.spawn({ name: "busy", start: () => ({ receive: () => clock.sleep(10) }) });
  for (let i = 0; i < 3; i++) void busy.tell(null);
  for (let i = 0; i < 5; i++) system.spawn(idle);
  await clock.settle();
  expect(system.inspect()[0]).toEqual({
    path: "/busy-1",
    mailbox: 3,
    capacity: 1_024,
    processed: 1,
    restarts: 0,
    state: "running",
  });
  expect(system.inspect(2)).toHaveLength(2);
});
