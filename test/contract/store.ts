/** What every node store does. `reopen` closes it and opens what it left behind. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Store } from "../../runtime/ports/store.ts";
import { refusal } from "../support/rejection.ts";

export interface StoreUnderTest extends Disposable {
  store: Store;
  reopen(): Store;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export function storeContract(name: string, make: () => StoreUnderTest): void {
  test(`${name}: behaves like a sorted map of bytes`, () => {
    using subject = make();
    const key = fc.stringMatching(/^[a-c/~!]{1,3}$/);
    const step = fc.oneof(
      fc.record({ do: fc.constant("put" as const), key, value: fc.uint8Array({ maxLength: 8 }) }),
      fc.record({ do: fc.constant("delete" as const), key }),
    );
    const model = new Map<string, Uint8Array>();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), key, (steps, prefix) => {
        for (const each of steps) {
          if (each.do === "put") {
            subject.store.put(each.key, each.value);
            model.set(each.key, each.value);
          } else {
            subject.store.delete(each.key);
            model.delete(each.key);
          }
        }
        const sorted = [...model.keys()].sort();
        expect(subject.store.list("", 1_000)).toEqual(sorted);
        expect(subject.store.list(prefix, 2)).toEqual(
          sorted.filter((each) => each.startsWith(prefix)).slice(0, 2),
        );
        for (const each of sorted) {
          expect(Buffer.from(subject.store.get(each)!).equals(model.get(each)!)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test(`${name}: what was put is there after a restart`, () => {
    using subject = make();
    subject.store.put("reminder/1", text("kept"));
    subject.store.put("reminder/2", text("gone"));
    subject.store.delete("reminder/2");
    const again = subject.reopen();
    expect(new TextDecoder().decode(again.get("reminder/1"))).toBe("kept");
    expect(again.get("reminder/2")).toBeUndefined();
    again.close();
  });

  test(`${name}: nobody changes a value through the bytes put or got`, () => {
    using subject = make();
    const value = new Uint8Array([1, 2]);
    subject.store.put("k", value);
    value[0] = 9;
    subject.store.get("k")![1] = 9;
    expect([...subject.store.get("k")!]).toEqual([1, 2]);
  });

  test(`${name}: refuses keys that other stores would sort or keep differently, and oversized values`, () => {
    using subject = make();
    for (const key of ["", "with blank", "ümlaut", "x".repeat(513), "nul\0"]) {
      expect(refusal(() => subject.store.put(key, text("v"))).code).toBe("malformed");
    }
    expect(refusal(() => subject.store.put("k", new Uint8Array(16 * 1024 * 1024 + 1))).code).toBe(
      "too-large",
    );
  });

  test(`${name}: is unavailable once closed, and closing twice is harmless`, () => {
    using subject = make();
    subject.store.close();
    subject.store.close();
    expect(refusal(() => subject.store.get("k")).code).toBe("unavailable");
    expect(refusal(() => subject.store.put("k", text("v"))).code).toBe("unavailable");
  });
}
