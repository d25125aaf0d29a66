import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { manualClock } from "../../test/support/manual-clock.ts";
import { refusal } from "../../test/support/rejection.ts";
import { createReplayCache } from "./replay-cache.ts";

const reason = (call: () => unknown) => refusal(call).meta?.reason;

describe("replay cache", () => {
  test("accepts a request once per sender and id", () => {
    const clock = manualClock();
    const cache = createReplayCache({ clock });
    const at = clock.now();
    cache.accept({ hotkey: "a", id: "1", at });
    cache.accept({ hotkey: "b", id: "1", at });
    cache.accept({ hotkey: "a", id: "2", at });
    expect(reason(() => cache.accept({ hotkey: "a", id: "1", at }))).toBe("replayed");
    expect(cache.size).toBe(3);
  });

  test("forgets after the retention, and then refuses by age what it no longer knows", async () => {
    const clock = manualClock();
    const cache = createReplayCache({ clock, retentionMs: 1_000 });
    const at = clock.now();
    cache.accept({ hotkey: "a", id: "1", at });
    await clock.advance(999);
    expect(cache.size).toBe(1);
    await clock.advance(1);
    expect(cache.size).toBe(0);
    expect(reason(() => cache.accept({ hotkey: "a", id: "1", at }))).toBe("forgotten");
    cache.accept({ hotkey: "a", id: "3", at: clock.now() });
  });

  test("refuses rather than forgets when it is full, and has room again later", async () => {
    const clock = manualClock();
    const cache = createReplayCache({ clock, retentionMs: 1_000, capacity: 2 });
    cache.accept({ hotkey: "a", id: "1", at: clock.now() });
    cache.accept({ hotkey: "b", id: "1", at: clock.now() });
    const full = refusal(() => cache.accept({ hotkey: "c", id: "1", at: clock.now() }));
    expect([full.code, full.retryable, full.meta?.reason]).toEqual(["overloaded", true, "busy"]);
    await clock.advance(1_000);
    cache.accept({ hotkey: "c", id: "2", at: clock.now() });
  });

  test("gives one sender only its share", () => {
    const clock = manualClock();
    const cache = createReplayCache({ clock, capacity: 10, perSender: 2 });
    const at = clock.now();
    cache.accept({ hotkey: "a", id: "1", at });
    cache.accept({ hotkey: "a", id: "2", at });
    expect(reason(() => cache.accept({ hotkey: "a", id: "3", at }))).toBe("busy");
    cache.accept({ hotkey: "b", id: "1", at });
  });

  test("accepts no request twice, whatever the order, the delays and the steps of the clock", async () => {
    const step = fc.record({
      id: fc.integer({ min: 0, max: 5 }),
      sentAgo: fc.integer({ min: 0, max: 3_000 }),
      wait: fc.integer({ min: 0, max: 1_500 }),
      clockBack: fc.constantFrom(0, 0, 0, 5_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const manual = manualClock();
        let back = 0;
        const clock = { ...manual, now: () => manual.now() - back };
        const cache = createReplayCache({ clock, retentionMs: 1_000 });
        const accepted = new Set<string>();
        for (const { id, sentAgo, wait, clockBack } of steps) {
          await manual.advance(wait);
          back += clockBack;
          // The same request is the same id with the same time.
          const at = Math.floor((clock.now() - sentAgo) / 1_000) * 1_000;
          const name = `${id} ${at}`;
          try {
            cache.accept({ hotkey: "a", id: name, at });
          } catch {
            continue;
          }
          expect(accepted.has(name)).toBe(false);
          accepted.add(name);
        }
      }),
      { numRuns: 60 },
    );
  });
});
