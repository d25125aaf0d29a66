import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BLOCK_TOKENS, contextChain, PrefixCache, tokenChain } from "./prefix-cache.ts";

const tokens = fc.uint8Array({ maxLength: 4 * BLOCK_TOKENS }).map((bytes) => Uint32Array.from(bytes));

describe("a chain", () => {
  test("is equal exactly as far as the tokens are", () => {
    fc.assert(
      fc.property(tokens, fc.nat(4 * BLOCK_TOKENS), (all, at) => {
        const other = all.slice();
        const place = all.length === 0 ? 0 : at % all.length;
        if (all.length > 0) other[place] = other[place]! + 1;
        const [one, two] = [tokenChain("m", all), tokenChain("m", other)];
        expect(one).toHaveLength(Math.floor(all.length / BLOCK_TOKENS));
        const same = one.findIndex((link, n) => link !== two[n]);
        const expected =
          all.length === 0 || place >= one.length * BLOCK_TOKENS ? -1 : Math.floor(place / BLOCK_TOKENS);
        expect(same).toBe(expected);
      }),
    );
  });

  test("of other weights, or of the same bytes as text instead of tokens, is another one", () => {
    const all = new Uint32Array(BLOCK_TOKENS);
    expect(tokenChain("a", all)).not.toEqual(tokenChain("b", all));
    const sha256 = "0".repeat(64);
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
    expect(cache.stats).toMatchObject({ queries: 3, hits: 2 });
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
