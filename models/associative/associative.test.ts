import { afterAll, describe, expect, test } from "bun:test";
import { GenerateRequest, type ModelSnapshot } from "../../protocol/model.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { modelContract } from "../../test/contract/model.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import type { Model } from "../model.ts";
import { openOnnxModel } from "../onnx/onnx-model.ts";
import { buildAssociative } from "./build.ts";
import { answerTo, factsIn } from "./facts.fixture.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const clock = createSystemClock();
const folder = `${temp.path}/associative`;
await buildAssociative({ folder });

modelContract("associative", async () => {
  const blobs = createMemoryBlobs();
  const model = await openOnnxModel({ folder, clock, blobs });
  const fact = "\nThe code of river-stone-482 :=";
  return { model, blobs, now: () => clock.now(), prompt: `Bla bla.${fact} ember lantern 9056;${fact}` };
});

describe("facts in a long context", async () => {
  const blobs = createMemoryBlobs();
  const model = await openOnnxModel({ folder, clock, blobs });
  const other = await openOnnxModel({ folder, clock, blobs });
  afterAll(async () => {
    await model.unload();
    await other.unload();
  });

  async function read(text: string): Promise<ModelSnapshot> {
    const request = GenerateRequest.parse({
      model: "associative",
      context: [await blobs.put(text)],
      input: { type: "tokens", tokens: [] },
      limits: { maxTokens: 0 },
      snapshot: true,
    });
    for await (const chunk of model.generate(request)) {
      if (chunk.type === "end" && chunk.snapshot !== undefined) return chunk.snapshot;
    }
    throw new Error("no snapshot");
  }

  const exact = async (by: Model, resume: ModelSnapshot, facts: readonly (readonly [string, string])[]) => {
    let right = 0;
    for (const [key, value] of facts) if ((await answerTo(by, key, { resume })) === value) right++;
    return right;
  };

  test("are found exactly, the latest of each, also by another process that goes on from the state", async () => {
    const { text, latest } = factsIn({ tokens: 200_000, facts: 64, seed: 3 });
    const state = await read(text);
    expect(state.tokens).toBeGreaterThan(190_000);
    expect(state.blob.size).toBeLessThan(3_000_000);
    expect(await exact(model, state, [...latest])).toBe(latest.size);
    expect(await exact(other, state, [...latest].slice(0, 16))).toBe(16);
  });

  test("that are not there are not made up", async () => {
    const { text } = factsIn({ tokens: 20_000, facts: 16, seed: 4 });
    const state = await read(text);
    for (const key of ["no-such-thing-1", "river", "stone-ember-99999"]) {
      expect(await answerTo(model, key, { resume: state })).toBe("");
    }
  });

  test("begin to be lost when there are more than the state has room for, which is said openly", async () => {
    const { text, latest } = factsIn({ tokens: 60_000, facts: 2_000, seed: 5 });
    const asked = [...latest].slice(0, 40);
    expect(await exact(model, await read(text), asked)).toBeLessThan(asked.length);
  });

  test("cannot be made to take long or much memory: a text of nothing but markers is read in small steps", async () => {
    const request = GenerateRequest.parse({
      model: "associative",
      context: [await blobs.put(" := a b c d e f g h i j".repeat(600))],
      input: { type: "tokens", tokens: [] },
      limits: { maxTokens: 0 },
      snapshot: true,
    });
    const steps: number[] = [];
    for await (const chunk of model.generate(request)) if (chunk.type === "prefill") steps.push(chunk.done);
    expect(steps.length).toBeGreaterThan(600 / 33);
  });

  test("the same seed makes the same model, another seed another one", async () => {
    const again = await buildAssociative({ folder: `${temp.path}/again` });
    const otherSeed = await buildAssociative({ folder: `${temp.path}/other`, seed: 2 });
    const card = await model.card();
    expect(again.data?.sha256).toBe(card.weights ?? "");
    expect(otherSeed.data?.sha256).not.toBe(again.data?.sha256);
  });
});
