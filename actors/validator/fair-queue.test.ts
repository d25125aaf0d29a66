import { describe, expect, test } from "bun:test";
import { createFairQueue } from "./fair-queue.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a fair queue", () => {
  test("takes turns between owners, whoever came first with however much", async () => {
    const order: string[] = [];
    const queue = createFairQueue<string>({
      perOwner: 1,
      total: 1,
      run: async (item) => void order.push(item),
    });
    for (const item of ["a1", "a2", "a3"]) queue.add(1, item);
    for (const item of ["b1", "b2"]) queue.add(2, item);
    queue.add(3, "c1");
    await queue.drained();
    expect(order).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
  });

  test("keeps an owner's own work in the order it came", async () => {
    const order: number[] = [];
    const queue = createFairQueue<number>({
      perOwner: 2,
      total: 8,
      run: async (item) => void order.push(item),
    });
    for (let item = 0; item < 50; item++) queue.add(1, item);
    await queue.drained();
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test("never runs more at once than allowed, of one owner or of all", async () => {
    let total = 0;
    let most = 0;
    const mine = new Map<number, number>();
    let mostOfOne = 0;
    const queue = createFairQueue<number>({
      perOwner: 2,
      total: 5,
      run: async (owner) => {
        most = Math.max(most, ++total);
        mine.set(owner, (mine.get(owner) ?? 0) + 1);
        mostOfOne = Math.max(mostOfOne, mine.get(owner) ?? 0);
        await turn();
        total--;
        mine.set(owner, (mine.get(owner) ?? 1) - 1);
      },
    });
    for (let i = 0; i < 60; i++) queue.add(i % 4, i % 4);
    await queue.drained();
    expect({ most, mostOfOne }).toEqual({ most: 5, mostOfOne: 2 });
  });

  test("a miner that never ends holds up nobody else", async () => {
    const done: string[] = [];
    const queue = createFairQueue<string>({
      perOwner: 1,
      total: 2,
      run: (item) => (item === "for ever" ? new Promise(() => {}) : Promise.resolve(void done.push(item))),
    });
    queue.add(1, "for ever");
    queue.add(1, "behind it");
    for (let i = 0; i < 5; i++) queue.add(2, `other ${i}`);
    await turn();
    expect(done).toEqual(["other 0", "other 1", "other 2", "other 3", "other 4"]);
  });

  test("reports the first error to whoever waits", async () => {
    const queue = createFairQueue<number>({
      perOwner: 1,
      total: 1,
      run: async () => {
        throw new Error("the ledger is gone");
      },
    });
    queue.add(1, 1);
    expect(queue.drained()).rejects.toThrow("the ledger is gone");
  });
});
