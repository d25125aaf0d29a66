import { expect, test } from "bun:test";
import fc from "fast-check";
import { VirtualClock } from "../simulation/virtual-clock.ts";
import { DeadlineWheel } from "./deadline-wheel.ts";

test("expires each entry once, never before its deadline and at most a slot after it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 2_000 }), fc.boolean()), { maxLength: 100 }),
      async (entries) => {
        const clock = new VirtualClock(1_000_000);
        const wheel = new DeadlineWheel(clock);
        const expired = new Map<number, number>();
        for (const [index, [delay, removed]] of entries.entries()) {
          const entry = {
            deadline: clock.now() + delay,
            expire() {
              expect(expired.has(index)).toBe(false);
              expired.set(index, clock.now() - this.deadline);
            },
          };
          wheel.add(entry);
          if (removed) wheel.remove(entry);
        }
        await clock.advance(3_000);
        for (const [index, [, removed]] of entries.entries()) expect(expired.has(index)).toBe(!removed);
        for (const late of expired.values()) {
          expect(late).toBeGreaterThanOrEqual(0);
          expect(late).toBeLessThanOrEqual(8);
        }
      },
    ),
  );
});

test("keeps no timer when nothing is left to expire", async () => {
  const clock = new VirtualClock(0);
  const wheel = new DeadlineWheel(clock);
  const entry = { deadline: 10_000, expire() {} };
  wheel.add(entry);
  wheel.remove(entry);
  await clock.advance(20_000);
  expect(clock.next).toBeUndefined();
});
