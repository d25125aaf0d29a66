import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Message, ModelInput } from "../../protocol/model.ts";
import { prefixOf } from "./prefix.ts";

const said = (role: Message["role"], text: string): Message => ({ role, content: [{ type: "text", text }] });
const ofTurns = (...messages: Message[]) => prefixOf({ model: "m", input: { type: "messages", messages } });
const text = fc.string({ maxLength: 2_000 });

describe("the prefix of a conversation", () => {
  test("is the same in every turn, however short the first one was", () => {
    fc.assert(
      fc.property(text, text, fc.array(text, { maxLength: 8 }), (system, user, more) => {
        const begun = [said("system", system), said("user", user)];
        const grown = more.map((each, n) => said(n % 2 === 0 ? "assistant" : "user", each));
        expect(ofTurns(...begun, ...grown)).toBe(ofTurns(...begun));
        expect(ofTurns(...begun.slice(1), ...grown)).toBe(ofTurns(begun[1]!));
      }),
    );
  });

  test("tells conversations apart that begin with the same instructions, however long these are", () => {
    const system = said("system", "Be brief. ".repeat(1_000));
    expect(ofTurns(system, said("user", "What is an owl?"))).not.toBe(
      ofTurns(system, said("user", "A fox?")),
    );
    expect(ofTurns(said("system", "a"))).not.toBe(ofTurns(said("system", "b")));
  });

  test("is bounded, whatever is sent", () => {
    const messages = Array.from({ length: 1_000 }, () => said("system", "x".repeat(10_000)));
    expect(ofTurns(...messages).length).toBeLessThan(3_000);
  });
});

test("a text, or tokens, that grow keep their prefix once they are long enough to be worth finding", () => {
  const prompt = (length: number) =>
    prefixOf({
      model: "m",
      input: { type: "prompt", prompt: [{ type: "text", text: "word ".repeat(length) }] },
    });
  const tokens = (length: number) =>
    prefixOf({ model: "m", input: { type: "tokens", tokens: Array.from({ length }, (_, n) => n) } });
  expect(prompt(300)).toBe(prompt(3_000));
  expect(tokens(300)).toBe(tokens(3_000));
  expect(prompt(10)).not.toBe(prompt(11));
});

test("questions about one context go where it was read, whatever is asked", () => {
  const context = [{ sha256: "a".repeat(64), size: 5 }];
  const input = ModelInput.parse({ type: "prompt", prompt: [{ type: "text", text: "What is it?" }] });
  expect(prefixOf({ model: "m", context, input })).toBe(prefixOf({ model: "m", context }));
  expect(prefixOf({ model: "m", context })).not.toBe(prefixOf({ model: "n", context }));
});

test("who shares nothing need not go to one place", () => {
  expect(prefixOf({ model: "m" }, "alice")).not.toBe(prefixOf({ model: "m" }, "bob"));
  expect(prefixOf({ model: "m", cacheSalt: "s" }, "alice")).toBe(
    prefixOf({ model: "m", cacheSalt: "s" }, "bob"),
  );
});
