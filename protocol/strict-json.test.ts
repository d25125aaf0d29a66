import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalJson } from "./canonical.ts";
import { Failure } from "./failure.ts";
import { parseStrictJson } from "./strict-json.ts";

const parse = (text: string): unknown => parseStrictJson(text, { maxLength: 10_000 });

/** JSON values without what strict JSON refuses: numbers that only a double would write so, and `__proto__`. */
const exactJson = fc
  .jsonValue({ maxDepth: 6 })
  .map((value) =>
    JSON.parse(JSON.stringify(value), (_, member) =>
      Number.isInteger(member) ? Math.trunc(member % 2 ** 53) : member,
    ),
  )
  .filter((value) => !JSON.stringify(value).includes("__proto__"));

describe("strict JSON", () => {
  test("reads every canonical text as JSON.parse does", () => {
    fc.assert(
      fc.property(exactJson, fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
        const text = indent === undefined ? canonicalJson(value) : JSON.stringify(value, null, indent);
        expect(parseStrictJson(text, { maxLength: text.length })).toEqual(JSON.parse(text));
      }),
    );
  });

  test("accepts nothing that JSON.parse refuses, and reads what it accepts alike", () => {
    const fragment = fc.constantFrom(
      ...'{}[]:,"\\ \n-+.eE019au/tfn',
      "true",
      "null",
      '"a":',
      "\\u0041",
      "1e5",
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
        const text = fragments.join("");
        let value: unknown;
        try {
          value = parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          return;
        }
        expect(JSON.parse(text)).toEqual(value);
      }),
      { numRuns: 5_000 },
    );
  });

  for (const [what, text] of [
    ["a duplicate key", '{"a":1,"a":2}'],
    ["a duplicate key written differently", '{"a":1,"\\u0061":2}'],
    ["a __proto__ key", '{"__proto__":{"admin":true}}'],
    ["a __proto__ key written differently", '{"__pr\\u006fto__":1}'],
    ["NaN", "[NaN]"],
    ["infinity", "-Infinity"],
    ["a number too large to hold", "1e999"],
    ["an integer that would be rounded", "9007199254740993"],
    ["a negative integer that would be rounded", "[-9007199254740993]"],
    ["an integer of a million digits", `${"9".repeat(9_000)}`],
    ["a leading zero", "01"],
    ["a leading plus", "+1"],
    ["a lone surrogate", '"\\ud800"'],
    ["a lone surrogate in a key", '{"\\udfff":1}'],
    ["a control character in a string", '"\n"'],
    ["an unknown escape", '"\\x41"'],
    ["an open string", '"abc'],
    ["an escaped closing quote", '"abc\\"'],
    ["a trailing comma", "[1,]"],
    ["a comment", "1 // one"],
    ["a byte order mark", "\ufeff1"],
    ["a second value", "1 2"],
    ["a single quote", "{'a':1}"],
    ["nothing", ""],
    ["65 levels", `${"[".repeat(65)}${"]".repeat(65)}`],
  ] as const) {
    test(`refuses ${what}`, () => {
      const thrown = expect(() => parse(text));
      thrown.toThrow(Failure);
      thrown.toThrow(/strict JSON/);
    });
  }

  test("accepts integers beyond 2^53 that a double holds exactly", () => {
    expect(parse("9007199254740992")).toBe(2 ** 53);
    expect(parse("-18446744073709551616")).toBe(-(2 ** 64));
  });

  test("accepts 64 levels", () => {
    expect(() => parse(`${"[".repeat(64)}1${"]".repeat(64)}`)).not.toThrow();
  });

  test("refuses text above the given length before reading it", () => {
    expect(() => parseStrictJson('"12345"', { maxLength: 6 })).toThrow(/longer than 6/);
  });
});
