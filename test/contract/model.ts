/** What every model back end must do, whatever computes behind it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { inOrder } from "../../models/answer/in-order.ts";
import type { Model, ModelCallOptions } from "../../models/model.ts";
import { Failure } from "../../protocol/failure.ts";
import {
  type EmbedRequest,
  EmbedResult,
  GenerateChunk,
  GenerateRequest,
  ModelCard,
  ScoreResult,
  TOKENS_MEDIA_TYPE,
} from "../../protocol/model.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";
import { rejection } from "../support/rejection.ts";

export interface ModelUnderTest {
  model: Model;
  blobs: Blobs;
  now: () => number;
  /** A text that makes it give at least 24 tokens. */
  prompt: string;
  close?: () => Promise<void>;
  /** Weights and tokenizer are on somebody's server: no digests, no progress of prefill, its own words for what is too much. */
  remote?: boolean;
}

export function modelContract(name: string, open: () => Promise<ModelUnderTest>): void {
  describe(`model contract: ${name}`, () => {
    let under: ModelUnderTest;
    let id = "";
    beforeAll(async () => {
      under = await open();
      await under.model.load();
      id = (await under.model.card()).id;
    });
    afterAll(async () => {
      await under.model.unload();
      await under.close?.();
    });

    const text = (prompt: string) => ({
      type: "prompt" as const,
      prompt: [{ type: "text" as const, text: prompt }],
    });
    const ask = (changes: Record<string, unknown> = {}): GenerateRequest =>
      GenerateRequest.parse({
        model: id,
        input: text(under.prompt),
        limits: { maxTokens: 24 },
        sampling: { ignoreEnd: true },
        ...changes,
      });
    async function run(request: GenerateRequest, options?: ModelCallOptions): Promise<GenerateChunk[]> {
      const chunks: GenerateChunk[] = [];
      for await (const chunk of inOrder(under.model.generate(request, options)))
        chunks.push(GenerateChunk.parse(chunk));
      return chunks;
    }
    const tokensOf = (chunks: GenerateChunk[]) =>
      chunks.flatMap((chunk) => (chunk.type === "tokens" ? chunk.tokens : []));
    const textOf = (chunks: GenerateChunk[]) =>
      chunks.map((chunk) => (chunk.type === "tokens" ? chunk.text : "")).join("");
    const endOf = (chunks: GenerateChunk[]) => {
      const last = chunks.at(-1);
      if (last?.type !== "end") throw new Error("no end");
      return last;
    };

    test("shows a valid card with digests of what computes", async () => {
      const card = ModelCard.parse(await under.model.card());
      const digest = under.remote ? null : expect.stringMatching(/^[0-9a-f]{64}$/);
      expect(card).toMatchObject({ weights: digest, tokenizer: digest });
      expect(under.model.status).toBe("ready");
    });

    test("streams progress, tokens with text, and an end with usage that adds up", async () => {
      const chunks = await run(ask());
      const kinds = chunks.map(({ type }) => type);
      if (!under.remote) expect(kinds[0]).toBe("prefill");
      expect(kinds).toEqual([...kinds].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));
      const { usage, finishReason } = endOf(chunks);
      expect(finishReason).toBe("length");
      expect(usage.completionTokens).toBe(24);
      expect(tokensOf(chunks)).toHaveLength(24);
      const prefill = chunks.flatMap((chunk) => (chunk.type === "prefill" ? [chunk] : []));
      if (!under.remote)
        expect(prefill.at(-1)).toMatchObject({ done: usage.promptTokens, total: usage.promptTokens });
      expect(textOf(chunks).length).toBeGreaterThan(0);
    });

    test("gives the same answer to the same request", async () => {
      const request = ask({ sampling: { ignoreEnd: true, temperature: 1 }, seed: 7 });
      expect(tokensOf(await run(request))).toEqual(tokensOf(await run(request)));
    });

    test("reads context from blobs as if it stood before the prompt", async () => {
      const half = Math.floor(under.prompt.length / 2);
      const blob = await under.blobs.put(under.prompt.slice(0, half));
      const split = ask({ context: [blob], input: text(under.prompt.slice(half)) });
      const { usage } = endOf(await run(split));
      expect(usage.promptTokens).toBeGreaterThanOrEqual(endOf(await run(ask())).usage.promptTokens);
    });

    test("tokenizes, and reads tokens from a blob like the text they came from", async () => {
      const { count, tokens } = await under.model.tokenize({
        model: id,
        context: [],
        input: text(under.prompt),
      });
      if (tokens.type !== "inline") throw new Error("expected few tokens");
      expect(tokens.tokens).toHaveLength(count);
      const blob = await under.blobs.put(new Uint8Array(Uint32Array.from(tokens.tokens).buffer), {
        mediaType: TOKENS_MEDIA_TYPE,
      });
      const chunks = await run(ask({ context: [blob], input: { type: "tokens", tokens: [] } }));
      expect(tokensOf(chunks)).toEqual(tokensOf(await run(ask())));
    });

    test("ends at a stop text, which is not shown", async () => {
      const whole = textOf(await run(ask()));
      const stop = whole.trim().slice(3, 6);
      const chunks = await run(ask({ sampling: { ignoreEnd: true, stop: [stop] } }));
      expect(endOf(chunks).finishReason).toBe("stop");
      expect(textOf(chunks)).toBe(whole.slice(0, whole.indexOf(stop)));
    });

    test("tells log probabilities that scoring the same tokens confirms", async () => {
      const can = (await under.model.card()).can.score;
      if (!can) return;
      const chunks = await run(ask({ sampling: { ignoreEnd: true, logprobs: 2 } }));
      const given = chunks.flatMap((chunk) => (chunk.type === "tokens" ? (chunk.logprobs ?? []) : []));
      expect(given.map(({ token }) => token)).toEqual(tokensOf(chunks));
      for (const { top } of given) expect(top).toHaveLength(2);
      const asked = await under.model.tokenize({ model: id, context: [], input: text(under.prompt) });
      if (asked.tokens.type !== "inline") throw new Error("expected few tokens");
      const all = [...asked.tokens.tokens, ...tokensOf(chunks)];
      const scored = ScoreResult.parse(
        await under.model.score({ model: id, context: [], input: { type: "tokens", tokens: all }, top: 2 }),
      );
      expect(scored.tokens).toBe(all.length);
      if (scored.first !== undefined) expect(scored.first.token).toBe(all[0]!);
      // Named for people: what an echo of the prompt is put together from. vLLM does not name the first.
      if (scored.first?.text !== undefined) {
        const names = [scored.first, ...scored.scores].map(({ text: name }) => name ?? "");
        expect(names.join("")).toStartWith(under.prompt.slice(0, 8));
      }
      const tail = scored.scores.slice(-given.length);
      expect(tail.map(({ token }) => token)).toEqual(tokensOf(chunks));
      for (const [n, { logprob }] of tail.entries())
        expect(Math.abs(logprob - given[n]!.logprob)).toBeLessThan(0.05);
    });

    test("goes on from a snapshot without reading the context again", async () => {
      if (!(await under.model.card()).can.snapshot) return;
      const whole = tokensOf(await run(ask({ limits: { maxTokens: 8 } })));
      const first = endOf(await run(ask({ limits: { maxTokens: 1 }, snapshot: true })));
      if (first.snapshot === undefined) throw new Error("no snapshot");
      const rest = await run(
        ask({ resume: first.snapshot, input: { type: "tokens", tokens: [] }, limits: { maxTokens: 7 } }),
      );
      expect(endOf(rest).usage.cachedTokens).toBe(first.snapshot.tokens);
      if (RESUMES_ITS_ANSWER.has((await under.model.card()).backend))
        expect(tokensOf(rest)).toEqual(whole.slice(1));
    });

    test("asked for no tokens, it only reads: its snapshot goes on like one long prompt", async () => {
      if (!(await under.model.card()).can.snapshot) {
        const failure = await rejection(run(ask({ limits: { maxTokens: 0 } })));
        expect(failure.code).toBe("refused");
        return;
      }
      const read = await run(ask({ limits: { maxTokens: 0 }, snapshot: true }));
      const { snapshot, usage, finishReason } = endOf(read);
      expect(finishReason).toBe("length");
      expect(tokensOf(read)).toEqual([]);
      expect(snapshot?.tokens).toBe(usage.promptTokens);
      const rest = await run(ask({ resume: snapshot, input: { type: "tokens", tokens: [] } }));
      expect(tokensOf(rest)).toEqual(tokensOf(await run(ask())));
      expect(endOf(rest).usage.cachedTokens).toBe(usage.promptTokens);
    });

    test("makes vectors of length 1, each of its own text, or says that it cannot", async () => {
      const { can, embedding } = await under.model.card();
      expect(under.model.embed !== undefined || !can.embed).toBe(true);
      if (!can.embed) return;
      const inputs = [under.prompt, "7 %", under.prompt].map((each) => text(each).prompt);
      const { vectors, usage } = EmbedResult.parse(await under.model.embed!({ model: id, inputs }));
      expect(vectors.map(({ length }) => length)).toEqual(inputs.map(() => embedding?.dimensions ?? 0));
      const product = (a: number, b: number) =>
        vectors[a]!.reduce((sum, value, at) => sum + value * vectors[b]![at]!, 0);
      for (const at of inputs.keys()) expect(product(at, at)).toBeCloseTo(1, 6);
      expect(vectors[2]).toEqual(vectors[0]!);
      expect(product(0, 1)).toBeLessThan(0.999);
      const asked = await under.model.tokenize({ model: id, context: [], input: text(under.prompt) });
      if (asked.tokens.type !== "inline") throw new Error("expected few tokens");
      const own = await under.model.embed!({
        model: id,
        inputs: [{ type: "tokens", tokens: asked.tokens.tokens }],
      });
      expect(own.vectors[0]).toEqual(vectors[0]!);
      expect(own.usage.promptTokens).toBeLessThan(usage.promptTokens);
    });

    test("embeds nothing before it has looked at everything, nor after its caller has gone", async () => {
      if (!(await under.model.card()).can.embed) return;
      const { contextLength, embedding, vocabulary } = await under.model.card();
      const embed = (inputs: EmbedRequest["inputs"], changes: Partial<EmbedRequest> = {}) =>
        rejection(under.model.embed!({ model: id, inputs, ...changes }));
      const good = text(under.prompt).prompt;
      expect((await embed([good, []])).code).toBe("malformed");
      expect((await embed([good, { type: "tokens", tokens: [vocabulary] }])).code).toBe("malformed");
      const long = { type: "tokens" as const, tokens: new Array<number>(contextLength + 1).fill(1) };
      if (contextLength < 65_536) expect((await embed([good, long])).code).toBe("too-large");
      expect((await embed([good], { dimensions: embedding!.dimensions + 1 })).code).toBe("refused");
      expect((await embed([good], { model: "no-such-model" })).code).toBe("not-found");
      const gone = { signal: AbortSignal.abort() };
      expect((await rejection(under.model.embed!({ model: id, inputs: [good] }, gone))).code).toBe(
        "cancelled",
      );
      expect(tokensOf(await run(ask()))).toHaveLength(24);
    });

    test("refuses a snapshot of other weights", async () => {
      const blob = await under.blobs.put("state");
      const resume = { blob, tokens: 1, weights: "0".repeat(64) };
      expect((await rejection(run(ask({ resume })))).code).toBeOneOf(["conflict", "refused"]);
    });

    test("refuses another model", async () => {
      expect((await rejection(run(ask({ model: "no-such-model" })))).code).toBe("not-found");
    });

    test("refuses what is too long before it reads anything", async () => {
      const { contextLength } = await under.model.card();
      const request = ask({ limits: { maxTokens: 24, maxPromptTokens: 1 } });
      expect((await rejection(run(request))).code).toBe("too-large");
      const answer = ask({ limits: { maxTokens: Math.min(1_000_000, contextLength) } });
      if (contextLength <= 1_000_000) expect((await rejection(run(answer))).code).toBe("too-large");
    });

    test("refuses what passes the memory limit of the request", async () => {
      const request = ask({ limits: { maxTokens: 24, memoryBytes: 1 } });
      expect((await rejection(run(request))).code).toBe(under.remote ? "refused" : "too-large");
    });

    test("does not start after the deadline, nor for a caller who is gone", async () => {
      expect((await rejection(run(ask(), { deadline: under.now() - 1 }))).code).toBe("timeout");
      expect((await rejection(run(ask(), { signal: AbortSignal.abort() }))).code).toBe("cancelled");
    });

    test("stops when the caller's signal aborts, and is free again at once", async () => {
      const abort = new AbortController();
      const seen: string[] = [];
      const failure = await rejection(
        (async () => {
          for await (const chunk of under.model.generate(ask(), { signal: abort.signal })) {
            seen.push(chunk.type);
            abort.abort();
          }
        })(),
      );
      expect(failure.code).toBe("cancelled");
      expect(seen).not.toContain("end");
      expect(tokensOf(await run(ask()))).toHaveLength(24);
    });

    test("frees the slot when its reader walks away", async () => {
      for (let n = 0; n < under.model.slots + 1; n++) {
        for await (const _ of under.model.generate(ask())) break;
      }
      expect(tokensOf(await run(ask()))).toHaveLength(24);
    });

    test("says overloaded when every slot is taken", async () => {
      const open = Array.from({ length: under.model.slots }, () =>
        under.model.generate(ask())[Symbol.asyncIterator](),
      );
      try {
        for (const each of open) await each.next();
        expect((await rejection(run(ask()))).code).toBe("overloaded");
      } finally {
        for (const each of open) await each.return?.();
      }
    });

    test("refuses pictures, and text that is none", async () => {
      const blob = await under.blobs.put(Uint8Array.of(0xff, 0xfe, 0x80));
      const picture = ask({ input: { type: "prompt", prompt: [{ type: "image", blob }] } });
      expect((await rejection(run(picture))).code).toBe("refused");
      expect((await rejection(run(ask({ context: [blob] })))).code).toBe("malformed");
    });

    test("refuses tokens outside its vocabulary", async () => {
      const { vocabulary } = await under.model.card();
      const request = ask({ input: { type: "tokens", tokens: [vocabulary || 0x7fff_ffff] } });
      expect((await rejection(run(request))).code).toBe("malformed");
    });

    test("comes back after it was unloaded, and ends answers in progress", async () => {
      const reader = under.model.generate(ask())[Symbol.asyncIterator]();
      await reader.next();
      await under.model.unload();
      expect(under.model.status).toBe("unloaded");
      const failure = await rejection(
        (async () => {
          for (let next = await reader.next(); next.done !== true; ) next = await reader.next();
        })(),
      );
      expect(failure).toBeInstanceOf(Failure);
      expect(failure.code).toBe("cancelled");
      await under.model.load();
      expect(tokensOf(await run(ask()))).toHaveLength(24);
    });
  });
}

const ORDER = ["prefill", "tokens", "tool-calls", "end"];
/** A scripted answer is not a continuation of the answer's own beginning. */
const RESUMES_ITS_ANSWER = new Set(["onnx", "associative"]);
