import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Failure } from "../../protocol/failure.ts";
import { VirtualClock } from "./virtual-clock.ts";

test("fires timers by time, and by creation where times are equal", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 }), async (delays) => {
      const clock = new VirtualClock(0);
      const fired: number[] = [];
      for (const [index, delay] of delays.entries()) clock.after(delay, () => fired.push(index));
      await clock.advance(50);
      const wanted = delays
        .map((delay, index) => ({ delay, index }))
        .sort((a, b) => a.delay - b.delay || a.index - b.index)
        .map(({ index }) => index);
      expect(fired).toEqual(wanted);
    }),
  );
});

test("never fires what was cancelled, also among thousands", async () => {
  const clock = new VirtualClock(0);
  let fired = 0;
  const timers = Array.from({ length: 10_000 }, (_, n) => clock.after(n % 97, () => fired++));
  for (const [index, timer] of timers.entries()) if (index % 10 !== 0) timer.cancel();
  await clock.advance(100);
  expect(fired).toBe(1_000);
});

test("lets everything follow from one timer before it fires the next", async () => {
  const clock = new VirtualClock(0);
  const seen: string[] = [];
  clock.after(1, () => {
    void (async () => {
      for (let step = 0; step < 50; step++) await null;
      seen.push("follows");
    })();
  });
  clock.after(1, () => seen.push("next"));
  await clock.advance(1);
  expect(seen).toEqual(["follows", "next"]);
});

test("shows each timer its own moment, and ends at the moment asked for", async () => {
  const clock = new VirtualClock(1_000);
  const seen: number[] = [];
  clock.after(10, () => seen.push(clock.now()));
  clock.after(20.5, () => seen.push(clock.monotonic()));
  await clock.run({ until: 1_100 });
  expect(seen).toEqual([1_010, 20.5]);
  expect(clock.now()).toBe(1_100);
});

test("repeats until cancelled, also by itself", async () => {
  const clock = new VirtualClock(0);
  let beats = 0;
  const timer = clock.every(10, () => {
    if (++beats === 3) timer.cancel();
  });
  await clock.advance(1_000);
  expect(beats).toBe(3);
  expect(clock.next).toBeUndefined();
});

test("wakes a sleeper at its time, and at once when its signal aborts", async () => {
  const clock = new VirtualClock(0);
  const giveUp = new AbortController();
  const ends: string[] = [];
  void clock.sleep(100).then(() => ends.push("slept"));
  void clock.sleep(1_000, giveUp.signal).catch((failure: Failure) => ends.push(failure.code));
  clock.after(50, () => giveUp.abort());
  await clock.advance(200);
  expect(ends).toEqual(["cancelled", "slept"]);
  expect(clock.next).toBeUndefined();
});

test("stops where it is when its run is aborted", async () => {
  const clock = new VirtualClock(0);
  const stop = new AbortController();
  clock.every(1, () => {
    if (clock.now() === 5) stop.abort();
  });
  await clock.run({ until: 1_000, signal: stop.signal });
  expect(clock.now()).toBe(5);
});
