import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { scriptedCard } from "../../models/scripted/card.ts";
import { rejection } from "../../test/support/rejection.ts";
import type { ModelCard } from "../model.ts";
import { Challenge, claimPositions, promptRoom, transcriptTokens } from "./challenge.ts";
import { drawPositions } from "./claims.ts";
import type { InferenceEvidence } from "./evidence.ts";
import { observedInference, toleranceFor, unfitFor } from "./judged.ts";

const SEED = "5a".repeat(32);
const own: ModelCard = {
  ...scriptedCard({ id: "m", seed: 1, contextLength: 1_000 }),
  ...{ backend: "onnx", dtype: "q8/int8", versions: { onnxruntime: "1.30.0" } },
};
const asked = Challenge.parse({ model: "m", prompt: [1, 2, 3], steps: 4, tokensPerStep: 5, positions: 12 });

const evidence = (off: number, changes: Partial<InferenceEvidence> = {}): InferenceEvidence => ({
  ...{ type: "inference", outcome: "ok", model: "m", promptTokens: 3, seed: SEED, claimed: own, own },
  checked: drawPositions(claimPositions(3, asked), 12, SEED).map((position) => ({
    ...{ position, token: 7, logprob: -1 - off, own: -1, best: -1 },
  })),
  ...{ firstTokenMs: [1, 1, 1, 1], stepMs: [2, 2, 2, 2] },
  ...changes,
});

describe("the verdict on a challenged model", () => {
  test("is recomputed from the evidence", () => {
    expect(observedInference(evidence(0.01), asked).verdict).toMatchObject({ accepted: true, positions: 12 });
    expect(observedInference(evidence(0.3), asked).verdict.accepted).toBe(false);
    expect(observedInference(evidence(0.01), asked).tokens).toBe(20);
  });

  test("asks nothing of the miner's card: neither another engine nor none changes it", () => {
    const cards = [null, { ...own, backend: "vllm", dtype: "int2", versions: {} }, { ...own, id: "other" }];
    for (const claimed of cards) {
      for (const off of [0.01, 0.3]) {
        const { verdict, tolerance } = observedInference(evidence(off, { claimed }), asked);
        expect([verdict, tolerance]).toEqual([
          observedInference(evidence(off), asked).verdict,
          toleranceFor(own) as never,
        ]);
      }
    }
  });

  test("is refused for positions that the seed does not draw, or too few of them", async () => {
    const other = evidence(0, { seed: "00".repeat(32) });
    const fewer = { ...evidence(0), checked: evidence(0).checked.slice(1) };
    for (const broken of [other, fewer, evidence(0, { promptTokens: 4 }), evidence(0, { stepMs: [1] })]) {
      const failure = await rejection(Promise.resolve().then(() => observedInference(broken, asked)));
      expect(failure).toMatchObject({ code: "defect", owner: "validator" });
    }
  });

  test("is not given by a model that cannot judge", () => {
    const pinned = { ...asked, weights: "0".repeat(64) };
    expect(unfitFor(own, asked)).toBeUndefined();
    expect(unfitFor(own, { ...asked, weights: own.weights as string })).toBeUndefined();
    expect(unfitFor(own, pinned)?.message).toContain("other weights");
    expect(unfitFor({ ...own, id: "n" }, asked)?.message).toContain("the challenge is for m");
    expect(unfitFor({ ...own, can: { ...own.can, score: false } }, asked)?.message).toContain(
      "no log probabilities",
    );
    expect(unfitFor({ ...own, vocabulary: 0 }, asked)?.message).toContain("vocabulary");
    const unmeasured = { ...asked, engines: [{ backend: "abacus", dtype: "wood", versions: {} }] };
    expect(unfitFor(own, unmeasured)?.message).toContain("nobody has measured");
  });
});

describe("the shape of a challenge", () => {
  const shapes = fc.record({
    prompt: fc.integer({ min: 1, max: 500 }),
    steps: fc.integer({ min: 1, max: 20 }),
    tokensPerStep: fc.integer({ min: 1, max: 20 }),
    nonceTokens: fc.integer({ min: 1, max: 8 }),
  });

  test("tells where the answers stand: nonces and answers take turns after the prompt, and fill the transcript", () => {
    fc.assert(
      fc.property(shapes, ({ prompt, ...shape }) => {
        const kinds: string[] = Array(prompt).fill("prompt");
        for (let step = 0; step < shape.steps; step++) {
          kinds.push(...Array(shape.nonceTokens).fill("nonce"), ...Array(shape.tokensPerStep).fill("answer"));
        }
        expect(kinds).toHaveLength(transcriptTokens(prompt, shape));
        const answers = [...kinds.keys()].filter((at) => kinds[at] === "answer");
        expect(claimPositions(prompt, shape)).toEqual(answers);
        expect(transcriptTokens(promptRoom({ contextLength: 9_000 }, shape), shape)).toBe(9_000);
      }),
    );
  });

  test("positions are drawn without repetition, in order, alike from one seed and otherwise from another", () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 500 }), ({ prompt, ...shape }, count) => {
        const all = claimPositions(prompt, shape);
        const drawn = drawPositions(all, count, SEED);
        expect(drawn).toHaveLength(Math.min(count, all.length));
        expect(drawn.filter((each) => !all.includes(each))).toEqual([]);
        expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b));
        expect(drawPositions(all.toReversed(), count, SEED)).toEqual(drawn);
      }),
    );
    const many = claimPositions(10, { steps: 20, tokensPerStep: 10, nonceTokens: 1 });
    expect(drawPositions(many, 50, SEED)).not.toEqual(drawPositions(many, 50, "other"));
  });
});
