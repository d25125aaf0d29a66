import { expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import { gate, testActors } from "../../test/support/actors.ts";
import { rejection } from "../../test/support/rejection.ts";
import type { Context } from "../context.ts";
import type { ActorKind } from "./actor.ts";

/** Does what each message says, in its own turn. */
const doer: ActorKind<(context: Context) => unknown, unknown> = {
  name: "doer",
  start: () => ({ receive: (work, context) => work(context) }),
};

test("an ask is answered with what the turn returns, at once or later", async () => {
  const { system } = testActors();
  const actor = system.spawn(doer);
  expect(await actor.ask(() => 1)).toBe(1);
  expect(await actor.ask(async () => 2)).toBe(2);
  expect(await actor.ask(() => undefined)).toBeUndefined();
});

test("a Failure is an answer: the actor goes on as it was", async () => {
  const { system, metrics } = testActors();
  const actor = system.spawn(doer);
  const failure = await rejection(
    actor.ask(() => {
      throw new Failure("not-found", "no such thing");
    }),
  );
  expect(failure.code).toBe("not-found");
  expect(await actor.ask(() => "alive")).toBe("alive");
  expect(metrics.read("orrery_actor_failures_total", { kind: "doer" })).toBe(0);
});

test("an ask that is not answered in time fails, and the turn is told to stop", async () => {
  const { system, clock } = testActors();
  const actor = system.spawn(doer);
  let seen: AbortSignal | undefined;
  const asked = rejection(
    actor.ask(
      async (context) => {
        seen = context.signal;
        expect(context.deadline).toBe(clock.now() + 100);
        await clock.sleep(10_000, context.signal);
      },
      { deadline: clock.now() + 100 },
    ),
  );
  await clock.advance(99);
  expect(seen?.aborted).toBe(false);
  await clock.advance(1);
  expect((await asked).code).toBe("timeout");
  expect(seen?.aborted).toBe(true);
  expect(clock.pending).toBe(0);
});

test("withdrawing a question cancels the turn that works on it", async () => {
  const { system, clock } = testActors();
  const actor = system.spawn(doer);
  const stop = new AbortController();
  let cancelled = false;
  const asked = rejection(
    actor.ask((context) => clock.sleep(10_000, context.signal).catch(() => (cancelled = true)), {
      signal: stop.signal,
    }),
  );
  await clock.settle();
  stop.abort();
  expect((await asked).code).toBe("cancelled");
  await clock.settle();
  expect(cancelled).toBe(true);
});

test("work asked for within a turn inherits its deadline, trace, correlation and cancellation", async () => {
  const { system, clock } = testActors();
  const [outer, inner] = [system.spawn(doer), system.spawn(doer)];
  const deadline = clock.now() + 500;
  const seen = (await outer.ask(
    (parent) => inner.ask((context) => ({ parent, context }), { parent, deadline: clock.now() + 9_000 }),
    { deadline },
  )) as { parent: Context; context: Context };
  expect(seen.context.deadline).toBe(deadline);
  expect(seen.context.correlationId).toBe(seen.parent.correlationId);
  expect(seen.context.messageId).not.toBe(seen.parent.messageId);
  expect(seen.context.trace.traceId).toBe(seen.parent.trace.traceId);
  expect(seen.context.trace.spanId).not.toBe(seen.parent.trace.spanId);
});

test("a turn that ignores its signal beyond the actor's patience costs the actor a restart, not the mailbox", async () => {
  const { system, clock } = testActors();
  const actor = system.spawn({ ...doer, turnMs: 1_000, patienceMs: 200 });
  const stuck = gate();
  void actor.tell(() => stuck.promise);
  const next = actor.ask(() => "handled");
  await clock.advance(1_199);
  expect(system.inspect()).toMatchObject([{ restarts: 0, state: "running" }]);
  await clock.advance(1_000);
  expect(await next).toBe("handled");
  expect(system.inspect()).toMatchObject([{ restarts: 1, state: "running" }]);
  stuck.resolve();
  await clock.settle();
  expect(system.idle).toBe(true);
});

test("concurrency is what the kind allows and not more", async () => {
  const { system, clock } = testActors();
  const actor = system.spawn({ ...doer, concurrency: 2 });
  let running = 0;
  let most = 0;
  for (let i = 0; i < 5; i++) {
    void actor.tell(async () => {
      most = Math.max(most, ++running);
      await clock.sleep(10);
      running--;
    });
  }
  await clock.advance(50);
  expect(most).toBe(2);
  expect(running).toBe(0);
});

test("a drain lets the mailboxes run empty; what is left at the deadline is not clean", async () => {
  const { system, clock } = testActors();
  const actor = system.spawn(doer);
  const done: number[] = [];
  for (let i = 0; i < 3; i++) {
    void actor.tell(async () => {
      await clock.sleep(10);
      done.push(i);
    });
  }
  const drained = system.drain({ deadline: clock.now() + 1_000 });
  await clock.advance(100);
  expect(await drained).toBe(true);
  expect(done).toEqual([0, 1, 2]);
  expect(system.count).toBe(0);

  const busy = testActors();
  const slow = busy.system.spawn(doer);
  void slow.tell((context) => busy.clock.sleep(10_000, context.signal).catch(() => {}));
  const cut = busy.system.drain({ deadline: busy.clock.now() + 100 });
  await busy.clock.advance(200);
  expect(await cut).toBe(false);
});
