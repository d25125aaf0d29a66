import { expect, test } from "bun:test";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createChanges } from "./changes.ts";

function follower() {
  const clock = manualClock();
  const changes = createChanges();
  const stop = new AbortController();
  const told: string[] = [];
  const ended = (async () => {
    const options = { signal: stop.signal, clock, idleMs: 15_000, paceMs: () => 250 };
    for await (const what of changes.follow(options)) told.push(what);
  })();
  return { clock, changes, stop, told, ended };
}

test("a burst of changes is told twice: at once, and once more after the pace", async () => {
  const { clock, changes, told } = follower();
  await clock.settle();
  for (let i = 0; i < 100; i++) changes.touch();
  await clock.settle();
  for (let i = 0; i < 100; i++) changes.touch();
  await clock.settle();
  expect(told).toEqual(["change"]);
  await clock.advance(250);
  expect(told).toEqual(["change", "change"]);
  await clock.advance(1_000);
  expect(told).toEqual(["change", "change"]);
});

test("silence is told as idle", async () => {
  const { clock, told } = follower();
  await clock.advance(14_999);
  expect(told).toEqual([]);
  await clock.advance(1);
  expect(told).toEqual(["idle"]);
});

test("ends with its signal and leaves no timer behind, waiting or pacing", async () => {
  for (const waitMs of [0, 15_100]) {
    const { clock, stop, ended } = follower();
    await clock.advance(waitMs);
    expect(clock.pending).toBe(1);
    stop.abort();
    await ended;
    expect(clock.pending).toBe(0);
  }
});
