import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Failure } from "../../protocol/failure.ts";
import type { ReceiptBook } from "../../protocol/receipt.ts";
import { ToolReceiptDetail } from "../../protocol/tools.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { rejection } from "../../test/support/rejection.ts";
import { BUDGET, found, MODEL, PROFILE, testSigner, toolWorld } from "../../test/support/tool-world.ts";
import { createToolGateway } from "./gateway.ts";
import type { ProviderAnswer } from "./provider.ts";

const AI = { prompt: "p", tools: ["web"], count: 10 };
const detailOf = (book: ReceiptBook, seq: number) => ToolReceiptDetail.parse(book.receipts[seq]?.detail);

describe("a session of tool calls", () => {
  test("answers in Caster's envelope", async () => {
    const { call } = await toolWorld(() => found(2));
    const told = await call("search_ai", AI);
    expect(told).toEqual({
      receipt_id: "s-1.1",
      response: { data: [] },
      results: [0, 1].map((index) => ({
        index,
        result_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        url: `https://a.example/${index}`,
        note: `note ${index}`,
        title: null,
        raw: null,
      })),
      result_policy: "referenceable",
      cost_usd: 0.008,
      usage: null,
      budget: {
        session_budget_usd: 0.05,
        session_used_budget_usd: 0.008,
        session_remaining_budget_usd: 0.042,
      },
    });
  });

  test("tells what there is and what it costs, for nothing", async () => {
    const { call } = await toolWorld(() => found(0));
    const told = await call("tooling_info");
    expect([told.cost_usd, told.response.allowed_tool_models]).toEqual([0, [MODEL]]);
    expect(told.response.pricing.llm_chat.models[MODEL].output_per_million).toBe(2);
    expect(told.response.pricing.search_ai.usd_per_referenceable_result).toBe(0.004);
    expect((await call("test_tool", { message: "é" })).response).toEqual({ status: "ok", echo: "é" });
  });

  test("makes no call that its budget might not cover: Caster's free overrun is refused before it is asked", async () => {
    const { call, asked, session } = await toolWorld(() => found(200));
    for (let each = 0; each < 5; each++) {
      const told = await call("search_ai", { ...AI, count: 200 });
      expect([told.error.code, told.error.owner, told.error.meta.unit]).toEqual([
        "limit",
        "miner",
        "nanoUsd",
      ]);
    }
    expect(asked).toEqual([]);
    expect((await session.close()).evidence).toMatchObject({ calls: 5, failed: 5, spent: { nanoUsd: 0 } });
  });

  test("overdraws nothing when a thousand calls are made at once, and pays for each that was made", async () => {
    const price = 2_500_000;
    const { call, asked, book } = await toolWorld(
      async () => {
        await Bun.sleep(1);
        return found(1);
      },
      { parallel: 64, profile: { parallel: 64, budget: { ...BUDGET, calls: 2_000 } } },
    );
    const told = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => call("search_web", { query: `q${at}` })),
    );
    const paid = told.filter(({ error }) => error === undefined);
    expect(paid.length).toBe(BUDGET.nanoUsd / price);
    expect(asked.length).toBe(paid.length);
    expect(told.filter(({ error }) => error?.code === "limit").length).toBe(1_000 - paid.length);
    const { receipts } = await book();
    const spent = receipts.reduce((sum, { cost }) => sum + (cost?.nanoUsd ?? 0), 0);
    expect([spent, receipts.length]).toEqual([BUDGET.nanoUsd, 1_002]);
  });

  test("is never overdrawn at any step, whatever is interleaved, fails, is cancelled or lies about its usage", async () => {
    const step = fc.record({
      tool: fc.constantFrom("search_web", "search_ai", "llm_chat"),
      count: fc.integer({ min: 1, max: 20 }),
      ends: fc.constantFrom(
        "well",
        "provider",
        "timeout",
        "cancelled",
        "silent about usage",
        "above all bounds",
      ),
      ticks: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        let at = 0;
        const budget = { ...BUDGET, nanoUsd: 30_000_000, tokens: 8_000 };
        const { session, call, book } = await toolWorld(
          async () => {
            const { ends, count, ticks } = steps[at++ % steps.length]!;
            for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
            if (ends === "provider" || ends === "timeout" || ends === "cancelled") {
              throw new Failure(ends, "as planned", { retryable: false });
            }
            const tokens = ends === "above all bounds" ? 1_000_000 : 40;
            const usage = {
              ...{ promptTokens: tokens, completionTokens: tokens, reasoningTokens: 10, results: count },
            };
            return { ...found(count), usage: ends === "silent about usage" ? undefined : usage };
          },
          { profile: { budget, parallel: 4 }, parallel: 3 },
        );
        await Promise.all(
          steps.map(({ tool, count }, each) =>
            tool === "llm_chat"
              ? call(tool, { model: MODEL, max_tokens: 100, messages: [{ role: "user", content: "hi" }] })
              : tool === "search_ai"
                ? call(tool, { ...AI, count })
                : call(tool, { query: `q${each}` }),
          ),
        );
        const { receipts } = await book();
        let [nanoUsd, tokens] = [0, 0];
        for (const { cost } of receipts) {
          nanoUsd += cost?.nanoUsd ?? 0;
          tokens += cost?.tokens ?? 0;
          expect(nanoUsd).toBeLessThanOrEqual(budget.nanoUsd);
          expect(tokens).toBeLessThanOrEqual(budget.tokens);
        }
        expect((await session.close()).evidence.spent).toMatchObject({ nanoUsd, tokens });
        expect(receipts.length).toBe(steps.length + 2);
      }),
      { numRuns: 60 },
    );
  });

  test("charges a provider that lies about its usage as far as the budget goes, and has the rest on record", async () => {
    const usage = { promptTokens: 10_000_000, completionTokens: 0, reasoningTokens: 0, results: 0 };
    const { call, book } = await toolWorld(() => ({ response: {}, results: [], usage }));
    const told = await call("llm_chat", { model: MODEL, messages: [{ role: "user", content: "hi" }] });
    expect(told.budget.session_remaining_budget_usd).toBe(0);
    expect(detailOf(await book(), 1).beyond).toBe(10_000_000 * 250 - BUDGET.nanoUsd);
  });

  test("charges the worst case where nobody knows what was used, and nothing for what a provider could not do", async () => {
    let fail: Failure | undefined = new Failure("timeout", "no answer", { owner: "provider" });
    const { call, book } = await toolWorld(() => {
      if (fail !== undefined) throw fail;
      return found(1);
    });
    await call("search_web", { query: "slow" });
    fail = new Failure("provider", "down", { retryable: false });
    await call("search_web", { query: "down" });
    fail = undefined;
    const silent = await call("search_web", { query: "well" });
    expect(silent.budget.session_used_budget_usd).toBe(0.005);
    const book_ = await book();
    expect(
      [1, 2, 3].map((seq) => [detailOf(book_, seq).assumed, book_.receipts[seq]?.cost?.nanoUsd]),
    ).toEqual([
      [true, 2_500_000],
      [false, 0],
      [false, 2_500_000],
    ]);
  });

  test("refuses what the task does not grant, on record and without asking", async () => {
    const { call, asked, book } = await toolWorld(() => found(1), {
      profile: { tools: ["llm_chat", "test_tool"] },
    });
    const messages = [{ role: "user", content: "hi" }];
    expect((await call("search_web", { query: "q" })).error.code).toBe("policy");
    expect((await call("llm_chat", { model: "gpt-9", messages })).error.code).toBe("policy");
    expect((await call("shell", {})).error.code).toBe("policy");
    expect((await call("test_tool", { message: 1 })).error).toMatchObject({
      code: "malformed",
      owner: "miner",
    });
    expect(asked).toEqual([]);
    expect((await book()).receipts.map(({ failure }) => failure)).toEqual([
      ...[null, "policy", "policy", "policy", "malformed", null],
    ]);
  });

  test("counts refused calls as well, and writes no receipts beyond the last", async () => {
    const { call, book } = await toolWorld(() => found(1), { profile: { budget: { ...BUDGET, calls: 2 } } });
    await call("shell");
    await call("search_web", { query: "q" });
    const third = await call("search_web", { query: "q" });
    expect([third.error.code, third.error.meta.unit, third.error.receipt_id]).toEqual([
      "limit",
      "calls",
      null,
    ]);
    const { receipts } = await book();
    expect([receipts.length, receipts.at(-1)?.detail]).toEqual([
      4,
      expect.objectContaining({ unrecorded: 1 }),
    ]);
  });

  test("tries again when that may help, in the provider's own time, and says whose fault it was in the end", async () => {
    const clock = manualClock();
    let attempts = 0;
    const { call, session } = await toolWorld(
      () => {
        attempts++;
        throw new Failure("provider", "try later", { retryAfterMs: 2_000 });
      },
      { clock },
    );
    const told = call("search_web", { query: "q" });
    for (let each = 0; each < 4; each++) await clock.advance(2_000);
    expect((await told).error).toMatchObject({
      ...{ code: "provider", owner: "provider", retryable: true, retry_after_ms: 2_000 },
    });
    expect(attempts).toBe(3);
    expect((await session.close()).fault?.code).toBe("provider");
  });

  test("is nobody's fault but the program's for pages that do not exist and time that is over", async () => {
    const { call, session } = await toolWorld(() => {
      throw new Failure("not-found", "no such page", { owner: "miner" });
    });
    expect((await call("search_web", { query: "q" })).error.owner).toBe("miner");
    expect((await session.close()).fault).toBeUndefined();
  });

  test("blames a request at which a server breaks down while it answers others, but never for being busy", async () => {
    const run = async (code: "provider" | "overloaded") => {
      const clock = manualClock();
      const { call, session } = await toolWorld(
        (asked) => {
          if (asked.tool === "search_ai") throw new Failure(code, "500", { owner: "provider" });
          return found(1);
        },
        { clock },
      );
      const poisoned = call("search_ai", { ...AI, count: 1 });
      await clock.advance(100);
      await call("search_web", { query: "q" });
      for (let each = 0; each < 4; each++) await clock.advance(2_000);
      const { owner, code: told } = (await poisoned).error;
      return [told, owner, (await session.close()).fault?.code];
    };
    expect(await run("provider")).toEqual(["refused", "miner", undefined]);
    expect(await run("overloaded")).toEqual(["overloaded", "provider", "overloaded"]);
  });

  test("blames nobody for a server that answers nobody, and the program for waiting longer than others", async () => {
    const run = async (more: { others: boolean; tokens: number }) => {
      const clock = manualClock();
      const { call, session } = await toolWorld(
        (asked, { signal }) =>
          asked.tool === "search_web"
            ? found(1)
            : new Promise((_resolve, reject) =>
                signal.addEventListener("abort", () => reject(signal.reason)),
              ),
        { clock },
      );
      const messages = [{ role: "user", content: "hi" }];
      const slow = call("llm_chat", { model: MODEL, messages, max_tokens: more.tokens });
      await clock.advance(100);
      if (more.others) await call("search_web", { query: "q" });
      await clock.advance(120_000);
      const { code, owner } = (await slow).error;
      return [code, owner, (await session.close()).fault?.code];
    };
    expect(await run({ others: false, tokens: 100 })).toEqual(["timeout", "provider", "timeout"]);
    expect(await run({ others: true, tokens: 100 })).toEqual(["timeout", "miner", undefined]);
    expect(await run({ others: false, tokens: 5_000 })).toEqual(["timeout", "miner", undefined]);
  });

  test("blames nobody either when the program could not wait for a server that answers nobody", async () => {
    const run = async (wallMs: number) => {
      const clock = manualClock();
      const { call, session } = await toolWorld(
        (_, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
        { clock, profile: { budget: { ...BUDGET, wallMs } } },
      );
      const told = call("search_web", { query: "q" });
      await clock.advance(wallMs);
      return [(await told).error.code, (await session.close()).fault?.code];
    };
    expect(await run(25_000)).toEqual(["timeout", "timeout"]);
    expect(await run(5_000)).toEqual(["limit", undefined]);
  });

  test("charges for calls that were on their way when it was closed", async () => {
    const { call, session } = await toolWorld(
      (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    const told = call("search_web", { query: "q" });
    const { evidence } = await session.close();
    expect([(await told).error.code, evidence.spent.nanoUsd]).toEqual(["expired", 2_500_000]);
  });

  test("ends with its time: calls in progress are cut off, later ones refused", async () => {
    const clock = manualClock();
    const { call } = await toolWorld(
      (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      { clock, profile: { budget: { ...BUDGET, wallMs: 1_000 } } },
    );
    const told = call("search_web", { query: "q" });
    await clock.advance(1_000);
    expect((await told).error).toMatchObject({ code: "limit", meta: { unit: "wallMs" } });
    expect((await call("search_web", { query: "q" })).error).toMatchObject({
      code: "limit",
      receipt_id: null,
    });
  });

  test("lets who goes on calling wait for each refusal, so that it keeps nobody busy", async () => {
    const clock = manualClock();
    const { call } = await toolWorld(() => found(1), { clock, profile: { budget: { ...BUDGET, calls: 1 } } });
    await call("tooling_info");
    let refused = false;
    const told = call("tooling_info").then(() => {
      refused = true;
    });
    await clock.advance(40);
    expect(refused).toBe(false);
    await clock.advance(20);
    await told;
  });

  test("a call that waits its turn is cancelled with the program, and takes no provider's time", async () => {
    const { promise, resolve } = Promise.withResolvers<ProviderAnswer>();
    const { call, asked } = await toolWorld(() => promise, { profile: { parallel: 1 } });
    const first = call("search_web", { query: "a" });
    const abort = new AbortController();
    const second = call("search_web", { query: "b" }, abort.signal);
    abort.abort();
    expect((await second).error.code).toBe("cancelled");
    resolve(found(1));
    await first;
    expect(asked.length).toBe(1);
  });

  test("lets only so many wait for one provider", async () => {
    const { promise, resolve } = Promise.withResolvers<ProviderAnswer>();
    const { call } = await toolWorld(() => promise, { parallel: 1, maxWaiting: 1 });
    const [first, second, third] = ["a", "b", "c"].map((query) => call("search_web", { query }));
    expect((await third).error).toMatchObject({ code: "overloaded", retryable: true, retry_after_ms: 1_000 });
    resolve(found(1));
    expect([(await first).error, (await second).error]).toEqual([undefined, undefined]);
  });

  test("hands on no answer that is larger than answers may be, and has it on record", async () => {
    const { call, book } = await toolWorld(() => ({ ...found(1), response: "x".repeat(300_000) }));
    expect((await call("search_web", { query: "q" })).error).toMatchObject({
      ...{ code: "too-large", owner: "provider" },
    });
    const { receipts } = await book();
    expect([receipts[1]?.failure, receipts[1]?.cost?.nanoUsd]).toEqual(["too-large", 2_500_000]);
  });

  test("chains its receipts, from the grant to the sums", async () => {
    const { call, book, blobs } = await toolWorld(() => found(1));
    await call("search_web", { query: "q" });
    const { receipts } = await book();
    expect(receipts.map(({ seq, kind }) => [seq, kind])).toEqual([
      [0, "session.open"],
      [1, "tool.search_web"],
      [2, "session.close"],
    ]);
    const { sizes, prices } = detailOf({ version: 1, session: "s-1", receipts }, 1);
    const ref = { sha256: receipts[1]!.response!, size: sizes.response };
    expect(JSON.parse(new TextDecoder().decode(await blobs.get(ref)))).toMatchObject({
      response: { data: [] },
    });
    expect(prices).toMatch(/^caster-2026-01#/);
  });

  test("that cannot store its receipts fails as a whole: evidence without receipts is none", async () => {
    const blobs = createMemoryBlobs({ maxBytes: 10 });
    const { call, session } = await toolWorld(() => found(1), { blobs });
    await call("search_web", { query: "q" });
    expect((await rejection(session.close())).code).toBe("storage");
  });

  test("is refused when nobody here has what the task grants", async () => {
    const gateway = createToolGateway({
      ...{ clock: createSystemClock(), blobs: createMemoryBlobs(), signer: testSigner, providers: [] },
    });
    const failure = await rejection(gateway.open({ session: "s", profile: PROFILE }));
    expect([failure.code, failure.message]).toEqual(["config", expect.stringContaining("llm_chat")]);
  });
});
