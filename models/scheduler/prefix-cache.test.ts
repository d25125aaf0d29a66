import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { contextChain, PrefixCache } from "./prefix-cache.ts";

const digest = fc.constantFrom(..."abcd").map((letter) => letter.repeat(64));
const context = fc.array(fc.record({ sha256: digest, mediaType: fc.constantFrom("x", "y") }), {
  maxLength: 6,
});

describe("a chain", () => {
  test("is equal exactly as far as the blobs are", () => {
    fc.assert(
      fc.property(context, context, context, (same, one, other) => {
        const [a, b] = [one, other].map((rest) => contextChain("m", [...same, ...rest]));
        expect(a).toHaveLength(same.length + one.length);
        const equal = [...same, ...one].findIndex((blob, n) => {
          const opposite = [...same, ...other][n];
          return blob.sha256 !== opposite?.sha256 || blob.mediaType !== opposite?.mediaType;
        });
        expect(a!.findIndex((link, n) => link !== b![n])).toBe(equal);
      }),
    );
  });

  test("of another root, or of the same bytes as something else, is another one", () => {
    const sha256 = "0".repeat(64);
    expect(contextChain("a", [{ sha256 }])).not.toEqual(contextChain("b", [{ sha256 }]));
    expect(contextChain("a", [{ sha256 }])).not.toEqual(contextChain("a", [{ sha256, mediaType: "x" }]));
  });
});

describe("a cache", () => {
  test("finds the longest prefix", () => {
    const cache = new PrefixCache<string>({ entries: 10, bytes: 1_000 });
    cache.put("one", "1", 1);
    cache.put("two", "2", 1);
    expect(cache.longest(["one", "two", "three"])).toEqual({ links: 2, value: "2" });
    expect(cache.longest(["one", "zwei"])).toEqual({ links: 1, value: "1" });
    expect(cache.longest(["eins"])).toBeUndefined();
  });

  test("stays within its bounds, whatever is put, and forgets what was used least", () => {
    const put = fc.record({ link: fc.constantFrom(..."abcdefgh"), bytes: fc.nat(120) });
    fc.assert(
      fc.property(fc.array(put), (puts) => {
        const cache = new PrefixCache<number>({ entries: 3, bytes: 100 });
        for (const { link, bytes } of puts) {
          cache.put(link, bytes, bytes);
          expect(cache.stats.entries).toBeLessThanOrEqual(3);
          expect(cache.stats.bytes).toBeLessThanOrEqual(100);
          expect(cache.longest([link])?.value).toBe(bytes <= 100 ? bytes : undefined);
        }
      }),
    );
    const cache = new PrefixCache<number>({ entries: 2, bytes: 100 });
    cache.put("a", 1, 1);
    cache.put("b", 2, 1);
    cache.longest(["a"]);
    cache.put("c", 3, 1);
    expect(["a", "b", "c"].map((link) => cache.longest([link])?.value)).toEqual([1, undefined, 3]);
  });
});
