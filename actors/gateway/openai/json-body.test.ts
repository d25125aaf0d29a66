import { expect, test } from "bun:test";
import fc from "fast-check";
import { refusal } from "../../../test/support/rejection.ts";
import { jsonOf } from "./json-body.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("any JSON comes back as it is, whatever brackets and quotes are in its texts", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[[\]{}"\\]{0,20}$/));
  const value = fc.jsonValue({ maxDepth: 8, stringUnit: "binary" });
  fc.assert(
    fc.property(fc.array(text), value, (texts, each) => {
      const json = JSON.stringify([texts, each]);
      expect(jsonOf(bytes(json))).toEqual(JSON.parse(json));
    }),
  );
  const code = `${'if (a["b"]) { [] }'.repeat(100_000)}\\`;
  expect(jsonOf(bytes(JSON.stringify({ code })))).toEqual({ code });
});

test.each([
  ["deep", "[".repeat(100)],
  ["deep and closed", `${"[".repeat(100)}${"]".repeat(100)}`],
  ["wide", `[${"{},".repeat(200_000)}{}]`],
])("what is too %s is refused before it is parsed", (_, text) => {
  expect(refusal(() => jsonOf(bytes(text)))).toMatchObject({
    code: "malformed",
    message: expect.stringContaining("any request"),
  });
});

test.each(["", "{", '"', '{"a":"\\', "]]]]", "nul", "\u0000"])("%j is not JSON", (text) => {
  expect(refusal(() => jsonOf(bytes(text))).message).toBe("the body is not JSON");
});
