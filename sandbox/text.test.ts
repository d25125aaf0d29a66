import { expect, test } from "bun:test";
import fc from "fast-check";
import { cleanText } from "./text.ts";

test.each([
  ["colours", "\u001b[1;31mred\u001b[0m", "red"],
  ["window titles", "\u001b]0;owned\u0007after", "after"],
  ["a title that never ends", "before\u001b]0;owned", "before"],
  ["one-byte escapes", "a\u009b31mb", "a31mb"],
  ["carriage returns that overwrite a line", "wrong\rright", "wrongright"],
  ["direction overrides", "a\u202eb", "ab"],
  ["lone surrogates", "a\ud800b", "a\ufffdb"],
])("takes out %s", (_, given, clean) => {
  expect(cleanText(given, 100)).toBe(clean);
});

test("keeps line feeds, tabs and every other character", () => {
  expect(cleanText("a\tb\r\nc é 😀", 100)).toBe("a\tb\nc é 😀");
});

test("is bounded, well formed and without control characters, whatever is given", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.integer({ min: 0, max: 50 }),
      (text, cap) => {
        const clean = cleanText(text, cap);
        expect(clean.length).toBeLessThanOrEqual(cap);
        expect(clean.isWellFormed()).toBe(true);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the test is that there are none
        expect(clean).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      },
    ),
  );
});
