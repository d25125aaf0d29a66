/** Miners who run another model than they claim are found out, and honest ones are not accused: on the real model. */
import { describe, expect, test } from "bun:test";
import { createScriptedModel } from "../../models/scripted/scripted.ts";
import { challenge, checkClaims } from "../../models/verify/challenge.ts";
import { toleranceBetween } from "../../protocol/inference/tolerance.ts";
import { verdictOf } from "../../protocol/inference/verdict.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { embeddedModel } from "../provision/embedded-models.ts";
import { rejection } from "../support/rejection.ts";
import { acceptance, gather, type Miner } from "./trials.ts";

const { missing } = await embeddedModel("smollm2");
const clock = createSystemClock();
const computing = { backend: "onnx", dtype: "q8/int8", versions: { onnxruntime: "1.30.0" } };
const tolerance = toleranceBetween(computing, computing)!;

describe.skipIf(missing !== undefined)("of 1,000 trials on SmolLM2", () => {
  test("none accepts fewer bits or swapped layers, and at most 1 % accuse an honest miner", async () => {
    const checked = await gather({ transcripts: 2, onProgress: () => {} });
    const accepted = (miner: Miner) =>
      acceptance(checked.get(miner) ?? [], {
        trials: 1_000,
        positions: 96,
        tolerance,
        rng: createSeededRng(3),
      });
    expect(accepted("same engine")).toBeGreaterThanOrEqual(0.99);
    expect(accepted("fewer bits")).toBe(0);
    expect(accepted("layers swapped")).toBe(0);
    expect(accepted("cheap answers, right scores")).toBe(0);
  }, 240_000);
});

const scripted = (seed: number, behaviour?: { type: "lying"; answer: () => string }) =>
  createScriptedModel({
    ...{ clock, blobs: createMemoryBlobs(), seed, answer: (text) => `${text.length} and so on for a while` },
    ...(behaviour === undefined ? {} : { behaviour }),
  });
const asked = (seed: number) => ({
  ...{ model: "scripted", prompt: [72, 105], vocabulary: 256, clock, rng: createSeededRng(seed) },
  ...{ steps: 4, tokensPerStep: 16 },
});

test("the transcript is nonces and answers, each step timed by the validator", async () => {
  const transcript = await challenge(scripted(1), asked(5));
  expect(transcript.tokens).toHaveLength(2 + 4 * (4 + 16));
  expect(transcript.claims).toHaveLength(64);
  expect(transcript.stepMs).toHaveLength(4);
  for (const { position, token } of transcript.claims) expect(transcript.tokens[position]).toBe(token);
  const other = await challenge(scripted(1), asked(6));
  expect(other.tokens.slice(2, 6)).not.toEqual(transcript.tokens.slice(2, 6));
});

test("other weights are other probabilities", async () => {
  const transcript = await challenge(scripted(1), asked(5));
  const seen = async (seed: number) =>
    verdictOf(await checkClaims(scripted(seed), transcript, { positions: 48, seed: "07" }), {
      ...tolerance,
      regret: 1,
    });
  expect(await seen(1)).toMatchObject({ accepted: true, deviation: 0, positions: 48 });
  expect(await seen(2)).toMatchObject({ accepted: false });
});

test("a step whose answer tells too few tokens is asked with other nonces, a few times in all", async () => {
  const model = scripted(1);
  const asks: number[][] = [];
  const shortAt = (short: (ask: number) => boolean) => ({
    async *generate(request: Parameters<typeof model.generate>[0]) {
      if (request.input.type === "tokens") asks.push(request.input.tokens);
      const leaveOut = short(asks.length - 1);
      for await (const chunk of model.generate(request)) {
        yield leaveOut && chunk.type === "tokens" ? { ...chunk, logprobs: chunk.logprobs?.slice(1) } : chunk;
      }
    },
  });
  const transcript = await challenge(
    shortAt((ask) => ask < 2),
    asked(5),
  );
  expect(transcript.tokens).toHaveLength(2 + 4 * (4 + 16));
  expect(transcript.claims).toHaveLength(64);
  expect(asks).toHaveLength(6);
  expect(new Set(asks.slice(0, 3).map(String)).size).toBe(3);
  expect(asks.slice(0, 3).map(({ length }) => length)).toEqual([6, 6, 6]);
  asks.length = 0;
  const always = challenge(
    shortAt(() => true),
    asked(5),
  );
  expect(await rejection(always)).toMatchObject({ code: "policy" });
  expect(asks).toHaveLength(5);
});

test("a miner who leaves out probabilities fails the challenge, at its own cost", async () => {
  const silent = {
    async *generate() {
      yield { type: "tokens" as const, seq: 0, tokens: [1, 2, 3], text: "abc" };
    },
  };
  expect(await rejection(challenge(silent, asked(5)))).toMatchObject({ code: "policy", owner: "miner" });
});

test("nobody is judged by a tolerance that nobody measured", () => {
  expect(toleranceBetween({ ...computing, dtype: "bf16" }, computing)).toBeUndefined();
  expect(toleranceBetween({ ...computing, backend: "openai (sglang)" }, computing)).toBeUndefined();
  expect(verdictOf([], tolerance).accepted).toBe(false);
});
