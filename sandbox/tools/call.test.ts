import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Failure } from "../../protocol/failure.ts";
import { refusal } from "../../test/support/rejection.ts";
import { DEFAULT_MAX_OUTPUT_TOKENS, parseCall } from "./call.ts";

const call = (tool: string, kwargs: object = {}, args: unknown[] = []) =>
  parseCall(JSON.stringify({ tool, args, kwargs }));

describe("tool calls", () => {
  test("have every default written out, so that equal requests have equal hashes", () => {
    expect(call("search_web", {}, ["moon"])).toEqual(
      call("search_web", { start: 0, num: 10, query: "moon" }),
    );
    expect(call("search_ai", { prompt: "p", tools: ["web"] }).arguments).toEqual({
      prompt: "p",
      tools: ["web"],
      count: 10,
      result_type: "LINKS_WITH_FINAL_SUMMARY",
      system_message: "",
    });
    const chat = { model: "m", messages: [{ role: "user", content: "hi" }] };
    expect(call("llm_chat", chat).arguments).toEqual({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
      max_output_tokens: DEFAULT_MAX_OUTPUT_TOKENS,
    });
    expect(call("llm_chat", { ...chat, max_tokens: 7 })).toEqual(
      call("llm_chat", { ...chat, max_output_tokens: 7 }),
    );
  });

  test("take parts of text for a message, as Caster's SDK makes them", () => {
    const content = [
      { type: "input_text", text: "a" },
      { type: "input_text", text: "b" },
    ];
    const parsed = call("llm_chat", { model: "m", messages: [{ role: "user", content }] });
    expect(parsed).toMatchObject({ arguments: { messages: [{ content: "a\nb" }] } });
  });

  test.each([
    ["no JSON", "tool"],
    ["a duplicate key", '{"tool":"test_tool","tool":"tooling_info"}'],
    ["another member", '{"tool":"test_tool","args":["x"],"session":"s"}'],
    ["an argument that nobody knows", '{"tool":"search_web","kwargs":{"query":"q","n":1000}}'],
    [
      "more answers at once, which no reservation covers",
      '{"tool":"llm_chat","kwargs":{"model":"m","messages":[{"role":"user"}],"n":10}}',
    ],
    ["an argument given twice", '{"tool":"search_web","args":["q"],"kwargs":{"query":"q"}}'],
    ["too many positions", '{"tool":"fetch_page","args":["a","b"]}'],
    ["no query", '{"tool":"search_web"}'],
    ["a number in a string's place", '{"tool":"test_tool","args":[1]}'],
    [
      "more results than there may be",
      '{"tool":"search_ai","kwargs":{"prompt":"p","tools":["web"],"count":201}}',
    ],
  ])("with %s are malformed, and the miner's", (_, text) => {
    const failure = refusal(() => parseCall(text));
    expect(failure.code).toBe("malformed");
    expect(["miner", "caller"]).toContain(failure.owner);
  });

  test("of tools that do not exist are against the rules, and told what there is", () => {
    const failure = refusal(() => call("shell"));
    expect([failure.code, failure.owner, failure.hint]).toEqual([
      "policy",
      "miner",
      expect.stringContaining("search_web"),
    ]);
  });

  test("never end in anything but a call or a failure", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseCall(text);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
        }
      }),
    );
  });
});
