import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { refusal } from "../../test/support/rejection.ts";
import { parseCall } from "./call.ts";
import {
  DEFAULT_PRICES,
  NO_USAGE,
  pricedAs,
  priceOf,
  priceStamp,
  worstCase,
  worstUsage,
} from "./price-book.ts";

const MODEL = "openai/gpt-oss-20b";
const call = (tool: string, kwargs: object) => parseCall(JSON.stringify({ tool, kwargs }));
const chat = (content: string, max = 100) =>
  call("llm_chat", { model: MODEL, messages: [{ role: "user", content }], max_tokens: max });

describe("prices", () => {
  test("are Caster's: two and a half thousandths of a dollar for a search, four for each AI result", () => {
    expect(priceOf(DEFAULT_PRICES, { tool: "search_web" }, NO_USAGE)).toBe(2_500_000);
    expect(priceOf(DEFAULT_PRICES, { tool: "search_ai" }, { ...NO_USAGE, results: 200 })).toBe(800_000_000);
    const usage = { ...NO_USAGE, promptTokens: 1_000_000, completionTokens: 1_000_000 };
    expect(priceOf(DEFAULT_PRICES, pricedAs(chat("q")), usage)).toBe(2_250_000_000);
  });

  test("charge reasoning once: it is part of the completion", () => {
    const prices = { ...DEFAULT_PRICES, models: { [MODEL]: { input: 1, output: 10, reasoning: 3 } } };
    const usage = { ...NO_USAGE, promptTokens: 5, completionTokens: 100, reasoningTokens: 60 };
    expect(priceOf(prices, pricedAs(chat("q")), usage)).toBe(5 + 40 * 10 + 60 * 3);
  });

  test("are none for a model that is not in the book", () => {
    const unknown = call("llm_chat", { model: "constructor", messages: [{ role: "user", content: "q" }] });
    expect(refusal(() => priceOf(DEFAULT_PRICES, pricedAs(unknown), NO_USAGE)).code).toBe("policy");
  });

  test("have a stamp that changes with any price", () => {
    const dearer = { ...DEFAULT_PRICES, search_web: { call: 2_500_001 } };
    expect(priceStamp(DEFAULT_PRICES)).toMatch(/^caster-2026-01#[0-9a-f]{12}$/);
    expect(priceStamp(dearer)).not.toBe(priceStamp(DEFAULT_PRICES));
  });

  test("are below the worst case for any usage within it, whichever output is dearer", () => {
    const price = fc.nat(10_000);
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.record({ input: price, output: price, reasoning: price }),
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (content, model, [prompt, completion], reasoning) => {
          const asked = chat(content.toWellFormed(), 500);
          const prices = { ...DEFAULT_PRICES, models: { [MODEL]: model } };
          const most = worstUsage(asked);
          const completionTokens = Math.floor(most.completionTokens * completion);
          const used = {
            ...NO_USAGE,
            promptTokens: Math.floor(most.promptTokens * prompt),
            completionTokens,
            reasoningTokens: Math.floor(completionTokens * reasoning),
          };
          const worst = worstCase(prices, asked, 10);
          expect(priceOf(prices, pricedAs(asked), used)).toBeLessThanOrEqual(worst.nanoUsd);
          expect(used.promptTokens + used.completionTokens).toBeLessThanOrEqual(worst.tokens);
          expect(most.promptTokens).toBeGreaterThanOrEqual(Buffer.byteLength(content.toWellFormed()));
        },
      ),
    );
  });
});
