import { describe, expect, test } from "bun:test";
import { Evidence } from "../../protocol/evidence.ts";
import { Failure } from "../../protocol/failure.ts";
import { ReceiptBook } from "../../protocol/receipt.ts";
import type { ToolProfile } from "../../protocol/tools.ts";
import type { ToolCall } from "../../sandbox/tools/call.ts";
import type { ProviderAnswer, ToolProvider } from "../../sandbox/tools/provider.ts";
import { verifyReceipts } from "../../sandbox/tools/verify-receipts.ts";
import { createHarness, goodMiner, type HarnessOptions } from "../../test/support/subnet-harness.ts";
import { found, testSigner, testVerify } from "../../test/support/tool-world.ts";
import { getJson } from "../json-blob.ts";

const PROFILE: ToolProfile = {
  tools: ["search_web", "test_tool"],
  models: [],
  budget: { nanoUsd: 50_000_000, tokens: 0, calls: 10, bytes: 1_000_000, wallMs: 60_000 },
};
const SEARCH = { tool: "search_web", kwargs: { query: "sum" } };

function provider(answer: (call: ToolCall) => ProviderAnswer): ToolProvider & { asked: ToolCall[] } {
  const asked: ToolCall[] = [];
  return {
    ...{ name: "test", tools: ["search_web"], parallel: 4, asked },
    async call(call) {
      asked.push(call);
      return answer(call);
    },
  };
}

const harness = (search: ToolProvider, more: Partial<HarnessOptions> = {}) =>
  createHarness({
    miners: { good: goodMiner },
    params: { sums: 1, words: 0, tools: PROFILE },
    tools: { signer: testSigner, providers: [search] },
    script: (_, input) => {
      const [a, b] = input as [number, number];
      return { outcome: "ok", output: a + b, calls: [SEARCH] };
    },
    ...more,
  });

describe("jobs whose programs may call tools", () => {
  test("are judged with their receipts, which are kept as blobs that anyone can verify", async () => {
    await using world = await harness(provider(() => found(2)));
    await world.world.advance(60_000);
    expect(await world.outcomes()).toEqual({ good: { "sum-0": "ok" } });
    const [concluded] = await world.concluded();
    expect(concluded?.score?.detail).toEqual({ cited: ["https://a.example/0", "https://a.example/1"] });
    const { blobs } = world.validator();
    const { observed } = await getJson(blobs, concluded!.evidence!, Evidence);
    if (observed.type !== "program") throw new Error("a program ran");
    expect(observed.tools).toMatchObject({ calls: 1, failed: 0, spent: { nanoUsd: 2_500_000 } });
    const book = await blobs.get(observed.tools!.receipts);
    expect(await verifyReceipts(book, { verify: testVerify })).toMatchObject({ ok: true, calls: 1 });
    expect(ReceiptBook.parse(JSON.parse(new TextDecoder().decode(book))).session).toMatch(/^t-[0-9a-f]{24}$/);
    expect(await world.validator().metrics.render()).toMatch(
      /orrery_tool_calls_total\{[^}]*outcome="ok"[^}]*tool="search_web"[^}]*\} 1/,
    );
  });

  test("of one task are answered alike: a provider is asked once for all miners", async () => {
    const search = provider(() => found(1));
    await using world = await harness(search, {
      miners: { one: goodMiner, two: goodMiner, three: goodMiner },
    });
    await world.world.advance(60_000);
    expect(Object.values(await world.outcomes())).toEqual(Array(3).fill({ "sum-0": "ok" }));
    expect(search.asked.length).toBe(1);
  });

  test("are done again when a provider fails, and cost the miner nothing", async () => {
    let failures = 2;
    const search = provider(() => {
      if (failures-- > 0) throw new Failure("provider", "down", { retryable: false });
      return found(1);
    });
    await using world = await harness(search);
    await world.world.advance(60_000);
    expect((await world.concluded()).at(-1)?.outcome).toBe("ok");
    const others = (await world.concluded()).slice(0, -1);
    expect(others.filter(({ score, outcome }) => score !== null || outcome !== "provider")).toEqual([]);
  });

  test("are the miner's own when what it asked is wrong", async () => {
    const search = provider(() => found(1));
    await using world = await harness(search, {
      script: () => ({
        outcome: "ok",
        calls: [{ tool: "search_web", kwargs: { query: "q", num: 1_000 } }],
        outputOf: (answers) => answers,
      }),
    });
    await world.world.advance(60_000);
    expect([await world.outcomes(), search.asked]).toEqual([{ good: { "sum-0": "wrong" } }, []]);
  });

  test("wait for a sandbox that answers tools where there is none", async () => {
    await using world = await createHarness({
      miners: { good: goodMiner },
      params: { sums: 1, words: 0, tools: PROFILE },
    });
    await world.world.advance(60_000);
    expect((await world.concluded()).filter(({ score }) => score !== null)).toEqual([]);
    expect(JSON.stringify(world.logged)).toContain("answers no tool calls");
  });
});
