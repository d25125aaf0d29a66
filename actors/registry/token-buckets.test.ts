import { expect, test } from "bun:test";
import fc from "fast-check";
import { Failure } from "../../protocol/failure.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { TokenBuckets } from "./token-buckets.ts";

const setUp = (capacity = 100) => {
  const clock = manualClock();
  const rate = { burst: 3, perMs: 1_000 };
  return { clock, buckets: new TokenBuckets({ clock, what: "address", rate, capacity }) };
};
const takes = (buckets: TokenBuckets, key: string): boolean => {
  try {
    buckets.take(key);
    return true;
  } catch (thrown) {
    expect((thrown as Failure).code).toBe("overloaded");
    return false;
  }
};

test("refuses past the burst, says how long to wait, and admits again after just that", async () => {
  const { buckets, clock } = setUp();
  for (let count = 0; count < 3; count++) expect(takes(buckets, "a")).toBe(true);
  const refused = Failure.from(await Promise.try(() => buckets.take("a")).catch((thrown: unknown) => thrown));
  expect(refused.retryAfterMs).toBe(1_000);
  expect(takes(buckets, "b")).toBe(true);
  await clock.advance(999);
  expect(takes(buckets, "a")).toBe(false);
  await clock.advance(1);
  expect(takes(buckets, "a")).toBe(true);
});

test("what is owed is waited for, however much it is", async () => {
  const { buckets, clock } = setUp();
  buckets.take("a");
  buckets.owe("a", 10);
  await clock.advance(8_999);
  expect(takes(buckets, "a")).toBe(false);
  await clock.advance(1);
  expect(takes(buckets, "a")).toBe(true);
  buckets.owe("nobody", 10);
  expect(takes(buckets, "nobody")).toBe(true);
});

test("never admits more than the burst and what was earned since", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 700 }), { maxLength: 60 }), async (waits) => {
      const { buckets, clock } = setUp();
      let admitted = 0;
      for (const wait of waits) {
        await clock.advance(wait);
        if (takes(buckets, "a")) admitted++;
      }
      expect(admitted).toBeLessThanOrEqual(
        3 + Math.floor(waits.reduce((sum, wait) => sum + wait, 0) / 1_000),
      );
    }),
    { numRuns: 30 },
  );
});

test("remembers a bounded number of keys, the least recently seen forgotten first", () => {
  const { buckets } = setUp(2);
  for (let count = 0; count < 3; count++) buckets.take("a");
  buckets.take("b");
  expect(takes(buckets, "a")).toBe(false); // seen again: now `b` is the oldest
  buckets.take("c");
  expect(buckets.size).toBe(2);
  expect(takes(buckets, "a")).toBe(false);
});
