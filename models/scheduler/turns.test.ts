import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { rejection } from "../../test/support/rejection.ts";
import { Turns, type TurnsOptions } from "./turns.ts";

const clock = createSystemClock();
const make = (changes: Partial<TurnsOptions> = {}) =>
  new Turns({ clock, slots: 1, waiting: 1_000, perCaller: 1_000, memoryBytes: 1_000, ...changes });
const work = (caller: string, changes: object = {}) => ({ caller, cost: 1, memoryBytes: 1, ...changes });
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("fair shares", () => {
  test("one request of a quiet caller waits for one turn of a busy one, not for its thousand", async () => {
    const turns = make();
    const order: string[] = [];
    const run = async (caller: string): Promise<void> => {
      const end = await turns.begin(work(caller));
      order.push(caller);
      await settled();
      end();
    };
    const busy = Array.from({ length: 100 }, () => run("busy"));
    await settled();
    await Promise.all([...busy, run("quiet")]);
    expect(order.indexOf("quiet")).toBeLessThanOrEqual(2);
  });

  test("who asks for long answers gets fewer of them", async () => {
    const turns = make();
    const order: string[] = [];
    const run = async (caller: string, cost: number): Promise<void> => {
      const end = await turns.begin(work(caller, { cost }));
      order.push(caller);
      await settled();
      end();
    };
    await Promise.all([
      ...Array.from({ length: 40 }, () => run("long", 10)),
      ...Array.from({ length: 40 }, () => run("short", 1)),
    ]);
    expect(order.slice(0, 44).filter((caller) => caller === "long").length).toBeLessThanOrEqual(6);
  });

  test("who comes back at once does not jump the line", async () => {
    const turns = make();
    const order: string[] = [];
    const ends = [await turns.begin(work("a", { cost: 100 }))];
    const waiting = ["b", "b", "b"].map(async (caller) => {
      ends.push(await turns.begin(work(caller)));
      order.push(caller);
    });
    ends.pop()!();
    const back = turns.begin(work("a")).then((end) => {
      order.push("a");
      ends.push(end);
    });
    for (let n = 0; n < 4; n++) {
      await settled();
      ends.pop()?.();
    }
    await Promise.all([...waiting, back]);
    expect(order).toEqual(["b", "b", "b", "a"]);
  });
});

test("never more than the slots and the memory allow, and everything has its turn", async () => {
  const item = fc.record({
    caller: fc.constantFrom("a", "b", "c"),
    cost: fc.integer({ min: 1, max: 50 }),
    memoryBytes: fc.integer({ min: 0, max: 100 }),
    turns: fc.integer({ min: 0, max: 3 }),
    leaves: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(item, { maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (items, slots) => {
        const turns = make({ slots, memoryBytes: 100 });
        let running = 0;
        let memory = 0;
        const ended = await Promise.all(
          items.map(async ({ leaves, turns: long, ...each }) => {
            const abort = new AbortController();
            const begun = turns.begin({ ...each, signal: abort.signal });
            if (leaves) abort.abort();
            const end = await begun.catch(() => undefined);
            if (end === undefined) return "left";
            running++;
            memory += each.memoryBytes;
            expect(running).toBeLessThanOrEqual(slots);
            expect(memory).toBeLessThanOrEqual(100);
            for (let n = 0; n < long; n++) await settled();
            running--;
            memory -= each.memoryBytes;
            end();
            end();
            return "done";
          }),
        );
        expect(ended.filter((how, n) => how === "left" && !items[n]!.leaves)).toEqual([]);
        expect([turns.running, turns.waiting, turns.memoryUsage]).toEqual([0, 0, 0]);
      },
    ),
    { numRuns: 100 },
  );
});

describe("refused", () => {
  test("at once what could never fit", async () => {
    const failure = await rejection(make().begin(work("a", { memoryBytes: 1_001 })));
    expect(failure.code).toBe("too-large");
  });

  test("when the line is full, for all or for one caller, with a time to come back", async () => {
    const turns = make({ waiting: 3, perCaller: 2 });
    await turns.begin(work("a"));
    for (const caller of ["a", "a"]) void turns.begin(work(caller));
    const own = await rejection(turns.begin(work("a")));
    expect(own).toMatchObject({ code: "overloaded", retryAfterMs: expect.any(Number) });
    void turns.begin(work("b"));
    expect(await rejection(turns.begin(work("c")))).toMatchObject({
      code: "overloaded",
      meta: { waiting: 3 },
    });
  });

  test("while it waits, at its deadline or when its caller leaves; the next in line moves up", async () => {
    const turns = make();
    const end = await turns.begin(work("a"));
    const abort = new AbortController();
    const leaving = rejection(turns.begin(work("b", { signal: abort.signal })));
    const late = rejection(turns.begin(work("c", { deadline: clock.now() + 20 })));
    const next = turns.begin(work("d"));
    abort.abort();
    expect((await leaving).code).toBe("cancelled");
    expect((await late).code).toBe("timeout");
    end();
    (await next)();
    expect(turns.waiting).toBe(0);
  });
});
