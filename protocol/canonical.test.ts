import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalJson, digest, sha256 } from "./canonical.ts";
import { Failure } from "./failure.ts";

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  );
};

const hasProto = (value: unknown): boolean => JSON.stringify(value).includes("__proto__");
const anyJson = fc.jsonValue({ maxDepth: 6 }).filter((value) => !hasProto(value));

describe("canonical JSON", () => {
  test("matches the example of RFC 8785, section 3.2.2", () => {
    const value = {
      numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test("sorts keys by UTF-16 code units, as in RFC 8785, section 3.2.3", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\u{1f600}": 5, "\u0080": 6, "\u00f6": 7 };
    const keys = [...canonicalJson(value).matchAll(/:(\d)/g)].map((match) => match[1]);
    expect(keys).toEqual(["2", "4", "6", "7", "1", "5", "3"]);
  });

  test("reads back as the same value, whatever the order of the keys", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("writes minus zero as zero, so that equal numbers have equal digests", () => {
    expect(digest([-0])).toBe(digest([0]));
  });

  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  for (const [what, value] of [
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["undefined", undefined],
    ["an undefined member", { a: undefined }],
    ["a hole in an array", new Array(1)],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["a symbol key", { [Symbol("s")]: 1 }],
    ["a bigint", 1n],
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate in a key", { "\udc00": 1 }],
    ["a date", new Date(0)],
    ["bytes", new Uint8Array(1)],
    ["a map", new Map()],
    ["a __proto__ key", JSON.parse('{"__proto__":1}')],
    ["a cycle", cyclic],
  ] as const) {
    test(`refuses ${what}`, () => {
      expect(() => canonicalJson({ nested: [value] })).toThrow(Failure);
    });
  }

  test("names the place of what it refuses", () => {
    const thrown = (() => {
      try {
        return canonicalJson({ a: [1, { b: Number.NaN }] });
      } catch (error) {
        return error as Failure;
      }
    })();
    expect(thrown).toBeInstanceOf(Failure);
    expect((thrown as Failure).meta?.path).toBe("$.a[1].b");
  });
});

describe("digests", () => {
  test("are those of the standard", () => {
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(sha256("abc")).toBe(abc);
    expect(sha256(new TextEncoder().encode("abc"))).toBe(abc);
    expect(digest({ b: 1, a: "€" })).toBe(sha256('{"a":"€","b":1}'));
  });
});
