import { expect, test } from "bun:test";
import fc from "fast-check";
import { AnswerText } from "./answer-text.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** What is shown when the text comes in pieces of these sizes. */
function shown(text: string, sizes: readonly number[], stops: string[]) {
  const answer = new AnswerText(stops);
  const all = bytes(text);
  const parts: string[] = [];
  for (let at = 0, n = 0; at < all.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    parts.push(answer.push(all.subarray(at, at + size)));
    at += size;
  }
  parts.push(answer.finish());
  return { parts, text: parts.join(""), stopped: answer.stopped };
}

test("never shows half a character", () => {
  const { parts } = shown("für 🦔 ½", [1], []);
  expect(parts.join("")).toBe("für 🦔 ½");
  expect(parts.join("|")).not.toContain("\ufffd");
});

test("finds a stop text that crosses chunks, and shows nothing of it", () => {
  const { parts, stopped } = shown("one END two", [3], ["END"]);
  expect(parts.join("")).toBe("one ");
  expect(stopped).toBe(true);
});

test("shows what looked like the beginning of a stop text and was not", () => {
  expect(shown("a EN b E", [2], ["END"])).toMatchObject({ text: "a EN b E", stopped: false });
});

test("shows the same text whatever the chunks, cut before the first stop text", () => {
  const word = fc
    .array(fc.constantFrom("a", "b", " ", "é", "🦔"), { maxLength: 30 })
    .map((letters) => letters.join(""));
  const stop = fc.stringMatching(/^[ab]{1,4}$/);
  fc.assert(
    fc.property(
      word,
      fc.array(stop, { maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
      (text, stops, sizes) => {
        const at = stops.map((each) => text.indexOf(each)).filter((index) => index >= 0);
        const expected = at.length === 0 ? text : text.slice(0, Math.min(...at));
        const one = shown(text, sizes, stops);
        // Of two stop texts the one that is complete first ends the answer, however the text is cut.
        if (at.length <= 1) expect(one.text).toBe(expected);
        expect(one.stopped).toBe(at.length > 0);
        expect(text.startsWith(one.text)).toBe(true);
      },
    ),
  );
});
