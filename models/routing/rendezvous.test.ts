import { expect, test } from "bun:test";
import fc from "fast-check";
import { preferred } from "./rendezvous.ts";

const idle = (...names: string[]) => names.map((name) => ({ name, load: 0 }));
const first = (names: string[], prefix: string) => preferred(idle(...names), prefix)[0]?.name;

test("the same prefix goes to the same actor, whatever the order in which actors are known", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 }),
      fc.string(),
      (names, prefix) => {
        expect(first(names, prefix)).toBe(first(names.toReversed(), prefix)!);
      },
    ),
  );
});

test("when an actor goes, only its prefixes move", () => {
  const names = ["a", "b", "c", "d"];
  for (let n = 0; n < 500; n++) {
    const before = first(names, `prefix ${n}`);
    const after = first(names.slice(1), `prefix ${n}`);
    if (before !== "a") expect(after).toBe(before!);
  }
});

test("prefixes spread evenly", () => {
  const counts = new Map<string, number>();
  for (let n = 0; n < 4_000; n++) {
    const name = first(["a", "b", "c", "d"], `prefix ${n}`)!;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test("one with too much to do is asked after those with less, and never left out", () => {
  const prefix = "popular";
  const favourite = first(["a", "b", "c"], prefix)!;
  const candidates = ["a", "b", "c"].map((name) => ({ name, load: name === favourite ? 9 : 1 }));
  const order = preferred(candidates, prefix).map(({ name }) => name);
  expect(order.at(-1)).toBe(favourite);
  expect(order.toSorted()).toEqual(["a", "b", "c"]);
  expect(preferred([], prefix)).toEqual([]);
});
