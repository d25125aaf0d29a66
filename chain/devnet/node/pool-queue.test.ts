import { expect, test } from "bun:test";
import fc from "fast-check";
import { PoolQueue, type Waiting } from "./pool-queue.ts";

const waiting = fc
  .uniqueArray(fc.tuple(fc.nat(4), fc.nat(6)), {
    selector: ([who, nonce]) => `${who} ${nonce}`,
    maxLength: 30,
  })
  .chain((slots) =>
    fc.tuple(fc.constant(slots), fc.array(fc.nat(2), { minLength: slots.length, maxLength: slots.length })),
  )
  .map(([slots, priorities]) =>
    slots.map(
      ([who, nonce], arrival): Waiting => ({
        hash: `0x${arrival.toString(16).padStart(64, "0")}`,
        bytes: new Uint8Array(),
        who: `0x${who}`,
        nonce,
        priority: BigInt(priorities[arrival]!),
        arrival,
      }),
    ),
  );

test("an account's transactions go in by nonce without gaps, from the nonce it is at", () => {
  fc.assert(
    fc.property(waiting, fc.nat(2), (all, at) => {
      const queue = new PoolQueue<Waiting>();
      for (const one of all) queue.add(one);
      const ready = queue.ready(() => at);
      for (const who of new Set(all.map((one) => one.who))) {
        const nonces = ready.filter((one) => one.who === who).map(({ nonce }) => nonce);
        expect(nonces).toEqual(nonces.map((_, i) => at + i));
        expect(queue.nextNonce(who, at)).toBe(at + nonces.length);
      }
    }),
  );
});

test("of those that could go next, the one with the highest priority does, then the one that came first", () => {
  fc.assert(
    fc.property(waiting, (all) => {
      const queue = new PoolQueue<Waiting>();
      for (const one of all) queue.add(one);
      const ready = queue.ready(() => 0);
      const next = new Map<string, number>();
      for (const [place, one] of ready.entries()) {
        next.set(one.who, one.nonce + 1);
        for (const other of ready.slice(place + 1)) {
          if (other.nonce !== (next.get(other.who) ?? 0)) continue;
          // It could have gone now; only the one just taken may have made that possible.
          if (other.who === one.who) continue;
          expect(
            one.priority > other.priority || (one.priority === other.priority && one.arrival < other.arrival),
          ).toBe(true);
        }
      }
    }),
  );
});

test("what is removed is found no more", () => {
  const queue = new PoolQueue<Waiting>();
  const one: Waiting = {
    hash: "0x01",
    bytes: new Uint8Array(),
    who: "0x02",
    nonce: 0,
    priority: 1n,
    arrival: 0,
  };
  queue.add(one);
  queue.remove(one);
  expect([queue.size, queue.find("0x01"), queue.at("0x02", 0), queue.ready(() => 0)]).toEqual([
    0,
    undefined,
    undefined,
    [],
  ]);
});
