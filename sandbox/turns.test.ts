import { expect, test } from "bun:test";
import fc from "fast-check";
import { Failure } from "../protocol/failure.ts";
import { refusal, rejection } from "../test/support/rejection.ts";
import { Turns } from "./turns.ts";

const turns = (slots: number, maxWaiting = 100) =>
  new Turns({ slots, maxWaiting, what: "a turn", retryAfterMs: 250 });

test("are given in the order asked for, so many at once, whoever leaves and whatever is given back twice", async () => {
  const step = fc.oneof(
    fc.constant({ type: "take" } as const),
    fc.record({ type: fc.constant("release" as const), at: fc.nat(20) }),
    fc.record({ type: fc.constant("leave" as const), at: fc.nat(20) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 60 }),
      async (slots, steps) => {
        const given = turns(slots);
        const asked: { leave: AbortController; state: "waiting" | "has" | "over"; release?: () => void }[] =
          [];
        const order: number[] = [];
        for (const { type, ...rest } of steps) {
          const at = "at" in rest && asked.length > 0 ? rest.at % asked.length : 0;
          const one = asked[at];
          if (type === "take") {
            const mine: (typeof asked)[number] = { leave: new AbortController(), state: "waiting" };
            const number = asked.push(mine) - 1;
            given.take(mine.leave.signal).then(
              (release) => {
                order.push(number);
                mine.state = "has";
                mine.release = () => {
                  mine.state = "over";
                  release();
                };
              },
              () => {
                mine.state = "over";
              },
            );
          } else if (type === "release") {
            one?.release?.();
            one?.release?.();
          } else one?.leave.abort();
          await Promise.resolve();
          await Promise.resolve();
          await Promise.resolve();
          const has = asked.filter(({ state }) => state === "has").length;
          const waiting = asked.filter(({ state }) => state === "waiting").length;
          expect([given.taken, given.waiting]).toEqual([has, waiting]);
          expect(has).toBeLessThanOrEqual(slots);
          expect(waiting === 0 || has === slots).toBe(true);
        }
        expect(order).toEqual([...order].sort((a, b) => a - b));
      },
    ),
  );
});

test("are refused at once where too many wait, with a time to come back", async () => {
  const given = turns(1, 1);
  await given.take();
  given.take().catch(() => {});
  const failure = await rejection(given.take());
  expect([failure.code, failure.retryAfterMs, failure.message]).toEqual([
    ...["overloaded", 250, "too many wait for a turn"],
  ]);
});

test("are over for who waits and who comes later once they are closed, and not for who has one", async () => {
  const given = turns(1);
  const release = await given.take();
  const waiting = given.take();
  given.close(new Failure("draining", "closing"));
  expect([(await rejection(waiting)).code, (await rejection(given.take())).code]).toEqual([
    "draining",
    "draining",
  ]);
  release();
  expect(given.taken).toBe(0);
});

test("need a slot", () => {
  expect(refusal(() => turns(0)).code).toBe("config");
});
