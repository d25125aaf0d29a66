import { describe, expect, test } from "bun:test";
import { Failure } from "./failure.ts";
import { parseJson, writeJson } from "./json-text.ts";

const code = (run: () => unknown): string => {
  try {
    run();
    return "accepted";
  } catch (thrown) {
    return Failure.from(thrown).code;
  }
};

describe("text that no judge could hash", () => {
  test.each([
    ["a value", '["\\ud800"]'],
    ["a value with an upper-case escape", '["\\uDBFFx"]'],
    ["a key", '{"a":{"\\udc00":1}}'],
    ["a pair the wrong way round", '"\\udc00\\ud800"'],
  ])("is refused when it comes in: a lone surrogate in %s", (_, text) => {
    expect(code(() => parseJson(text))).toBe("malformed");
  });

  test.each([
    ["a value", ["\ud800"]],
    ["a key", { "\udc00": 1 }],
  ])("is not sent either: a lone surrogate in %s", (_, value) => {
    expect(code(() => writeJson(value))).toBe("malformed");
  });

  test("whole pairs, escaped or not, and escapes that only look alike pass", () => {
    expect(parseJson('["\\ud83d\\ude00","😀","\\\\ud800"]')).toEqual(["😀", "😀", "\\ud800"]);
    expect(writeJson(["😀", "\\ud800"])).toBe('["😀","\\\\ud800"]');
  });
});

test("a failure cut through the middle of a character still travels", () => {
  const wire = new Failure("refused", `${"x".repeat(999)}😀`, {
    meta: { a: `${"y".repeat(999)}😀` },
  }).toWire();
  expect(parseJson(writeJson(wire))).toEqual(JSON.parse(JSON.stringify(wire)));
});
