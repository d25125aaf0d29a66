import { expect, test } from "bun:test";
import fc from "fast-check";
import { Failure } from "../protocol/failure.ts";
import { type ManualClock, manualClock } from "../test/support/manual-clock.ts";
import { keptLog } from "../test/support/quiet.ts";
import { rejection } from "../test/support/rejection.ts";
import type { Lease } from "./lease.ts";
import { acquireLease } from "./lease-acquire.ts";
import type { Clock } from "./ports/clock.ts";
import type { Rng } from "./ports/rng.ts";
import { createSeededRng } from "./ports/seeded-rng.ts";
import { createMemoryNetwork } from "./transport/memory.ts";
import type { KeyValue } from "./transport/transport.ts";

const TTL = 9_000;
const KEY = "weights.1";

function bench() {
  const clock = manualClock();
  const network = createMemoryNetwork({ clock });
  const rng = createSeededRng(5);
  const never = new AbortController().signal;
  const acquire = (
    owner: string,
    more: { leases?: KeyValue; signal?: AbortSignal; deadline?: number } = {},
  ) =>
    acquireLease({
      leases: network.connect({ name: owner }).leases,
      key: KEY,
      owner,
      clock,
      rng,
      log: keptLog(),
      signal: never,
      ttlMs: TTL,
      ...more,
    });
  const raw = network.connect({ name: "raw" }).leases;
  return { clock, acquire, raw };
}

/** What a promise has come to, without waiting for it. */
function peek<T>(promise: Promise<T>): { value?: T } {
  const box: { value?: T } = {};
  void promise.then((value) => {
    box.value = value;
  });
  return box;
}

test("a free lease is taken at once and renewed for as long as its holder lives", async () => {
  const { clock, acquire, raw } = bench();
  const lease = await acquire("a");
  await clock.advance(10 * TTL);
  expect(lease.signal.aborted).toBe(false);
  expect((await raw.get(KEY))!.revision).toBeGreaterThan(lease.token);
});

test("a released lease goes to the next at once, under a higher token", async () => {
  const { clock, acquire } = bench();
  const first = await acquire("a");
  await clock.advance(TTL);
  const second = peek(acquire("b"));
  await clock.advance(2 * TTL);
  expect(second.value).toBeUndefined();
  await first.release();
  await clock.advance(1);
  expect(first.signal.aborted).toBe(true);
  expect(second.value!.token).toBeGreaterThan(first.token);
});

test("a dead holder is waited out for a full time to live as the challenger sees it, and not longer than two", async () => {
  const { clock, acquire, raw } = bench();
  await raw.create(KEY, new TextEncoder().encode("a holder of another version"));
  await clock.advance(100 * TTL);
  const challenger = peek(acquire("b"));
  await clock.advance(TTL - 1);
  expect(challenger.value).toBeUndefined();
  await clock.advance(TTL);
  expect(challenger.value).toBeDefined();
});

test("a holder cut off from the store stops work at two thirds, before anybody can take over", async () => {
  const { clock, acquire, raw } = bench();
  let cut = false;
  const leases: KeyValue = {
    ...bound(raw),
    update: async (...args) => {
      if (cut) throw new Failure("unavailable", "cut off");
      return raw.update(...args);
    },
  };
  const lease = await acquire("a", { leases });
  cut = true;
  const challenger = peek(acquire("b"));
  await clock.advance((TTL * 2) / 3 - 1);
  expect(lease.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(lease.signal.aborted).toBe(true);
  expect(lease.signal.reason).toMatchObject({ code: "unavailable" });
  expect(challenger.value).toBeUndefined();
  await clock.advance(2 * TTL);
  expect(challenger.value!.token).toBeGreaterThan(lease.token);
});

test("a renewal that was stored but never answered does not lose the lease", async () => {
  const { clock, acquire, raw } = bench();
  let lose = 1;
  const leases: KeyValue = {
    ...bound(raw),
    update: async (...args) => {
      const revision = await raw.update(...args);
      if (lose-- > 0) throw new Failure("unavailable", "no answer");
      return revision;
    },
  };
  const lease = await acquire("a", { leases });
  await clock.advance(5 * TTL);
  expect(lease.signal.aborted).toBe(false);
});

test("a creation that was stored but never answered is recognised as one's own", async () => {
  const { clock, acquire, raw } = bench();
  const leases: KeyValue = {
    ...bound(raw),
    create: async (...args) => {
      await raw.create(...args);
      throw new Failure("unavailable", "no answer");
    },
  };
  const lease = peek(acquire("a", { leases }));
  await clock.advance(TTL / 2);
  expect(lease.value).toBeDefined();
});

test("a holder that finds another's name on the key stops at once", async () => {
  const { clock, acquire, raw } = bench();
  const lease = await acquire("a");
  const { revision } = (await raw.get(KEY))!;
  await raw.update(KEY, new TextEncoder().encode("somebody else"), revision);
  await clock.advance(TTL / 3);
  expect(lease.signal.reason).toMatchObject({ code: "fenced" });
});

test("waiting ends with the signal or at the deadline", async () => {
  const { clock, acquire } = bench();
  await acquire("a");
  const stop = new AbortController();
  const withdrawn = rejection(acquire("b", { signal: stop.signal }));
  const late = rejection(acquire("c", { deadline: clock.now() + 20_000 }));
  await clock.advance(1_000);
  stop.abort();
  expect((await withdrawn).code).toBe("cancelled");
  await clock.advance(19_001);
  expect(await late).toMatchObject({ code: "timeout", meta: { key: KEY } });
});

/** A clock that runs faster or slower than the true one, and stands elsewhere. */
function skewed(clock: ManualClock, rate: number, offset: number): Clock {
  return {
    now: () => clock.now() * rate + offset,
    monotonic: () => clock.monotonic() * rate,
    after: (delayMs, callback) => clock.after(delayMs / rate, callback),
    every: (periodMs, callback) => clock.every(periodMs / rate, callback),
    sleep: (delayMs, signal) => clock.sleep(delayMs / rate, signal),
  };
}

/** A store whose questions and answers are delayed or lost, each on its own; renewals far more often than looks. */
function unreliable(inner: KeyValue, clock: Clock, rng: Rng): KeyValue {
  const hop = async (loss: number): Promise<void> => {
    await clock.sleep(rng.next() < 0.1 ? rng.next() * 2 * TTL : rng.next() * 200);
    if (rng.next() < loss) throw new Failure("unavailable", "lost on the way");
  };
  const through = async <T>(loss: number, work: () => Promise<T>): Promise<T> => {
    await hop(loss);
    const answer = await work();
    await hop(loss);
    return answer;
  };
  return {
    ...bound(inner),
    get: (key) => through(0.05, () => inner.get(key)),
    create: (key, value) => through(0.1, () => inner.create(key, value)),
    update: (key, value, revision) => through(0.4, () => inner.update(key, value, revision)),
    delete: (key, revision) => through(0.1, () => inner.delete(key, revision)),
  };
}

const bound = (inner: KeyValue): KeyValue => ({
  get: (key) => inner.get(key),
  create: (key, value) => inner.create(key, value),
  update: (key, value, revision) => inner.update(key, value, revision),
  delete: (key, revision) => inner.delete(key, revision),
  keys: (prefix) => inner.keys(prefix),
  watch: (key, listener) => inner.watch(key, listener),
});

test("never two holders at work, under lost and late messages and clocks 20 % apart; tokens only grow", async () => {
  let changes = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 28 }), async (seed) => {
      const clock = manualClock();
      const rng = createSeededRng(seed);
      const network = createMemoryNetwork({ clock });
      const stop = new AbortController();
      const held: Lease[] = [];
      const contend = async (n: number): Promise<void> => {
        const own = skewed(clock, 0.9 + 0.2 * rng.next(), (rng.next() - 0.5) * 1e9);
        const leases = unreliable(network.connect({ name: `n${n}` }).leases, own, createSeededRng(seed + n));
        const common = { leases, key: KEY, owner: `n${n}`, clock: own, rng: createSeededRng(seed * 7 + n) };
        while (!stop.signal.aborted) {
          const lease = await acquireLease({ ...common, log: keptLog(), signal: stop.signal, ttlMs: TTL });
          changes++;
          const working = held.filter((each) => !each.signal.aborted);
          if (working.length > 0 && !lease.signal.aborted) throw new Error("two holders at work");
          if (held.some((each) => each.token >= lease.token)) throw new Error("a token did not grow");
          held.push(lease);
          await own.sleep(rng.next() * 4 * TTL, lease.signal).catch(() => {});
          if (rng.next() < 0.7) await lease.release();
        }
      };
      const contenders = [1, 2, 3].map((n) =>
        contend(n).catch((error: unknown) => {
          if (!(error instanceof Failure && error.code === "cancelled")) throw error;
        }),
      );
      const done = Promise.all(contenders);
      const watched = done.catch(() => {});
      await clock.advance(60 * TTL);
      stop.abort();
      await clock.advance(10 * TTL);
      await watched;
      await done;
    }),
    { numRuns: 80 },
  );
  // Without hand-overs this test would prove nothing.
  expect(changes).toBeGreaterThan(50);
});
