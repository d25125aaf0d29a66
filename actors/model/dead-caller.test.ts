/** What becomes of a model's slot when the node that asked is gone without a word: on virtual time, by the seed. */
import { describe, expect, test } from "bun:test";
import { createScriptedModel } from "../../models/scripted/scripted.ts";
import { GenerateRequest, ScoreRequest } from "../../protocol/model.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { PULSE_MS, SILENCE_MS } from "../../runtime/services/pulse.ts";
import { RETURN_MS } from "../../runtime/services/remote-readers.ts";
import { WINDOW } from "../../runtime/services/stream-window.ts";
import { type SimulatedPorts, World } from "../../runtime/simulation/world.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { bootNode } from "../boot-node.ts";
import { watched } from "./chunks.fixture.ts";
import { followModels } from "./directory.ts";
import { startModels } from "./model.ts";
import { createModelClient } from "./model-client.ts";

/** One token is a byte: a step of the prompt takes as long as a piece of 16 bytes of the answer. */
const CHUNK_MS = 400;
const PREFILL_CHUNK = 128;
const behaviour = {
  type: "slow",
  prefillTokensPerSecond: (1_000 * PREFILL_CHUNK) / CHUNK_MS,
  tokensPerSecond: (1_000 * 16) / CHUNK_MS,
} as const;

const boot = (ports: SimulatedPorts, role: "model" | "gateway") =>
  bootNode({ name: ports.name, net: "sim", roles: [role], ports, log: keptLog() }).node;
/** Many minutes of reading or of words, where nobody stops it. */
const asking = (prompt: string) =>
  GenerateRequest.parse({
    model: "scripted",
    input: { type: "prompt", prompt: [{ type: "text", text: prompt }] },
    limits: { maxTokens: 200_000 },
  });
const PHASES = {
  prefill: asking("word ".repeat(12_000)),
  decode: asking("Go on"),
};

/** A world with a model of one slot, and whoever is told to ask it. */
function modelWorld() {
  const world = new World({ seed: 7 });
  const heard = new Map<string, number>();
  const answer = () => "word ".repeat(40_000);
  const { clock } = world;
  const model = watched(
    createScriptedModel({
      ...{ clock, blobs: createMemoryBlobs(), behaviour, answer, slots: 1, chunkTokens: PREFILL_CHUNK },
    }),
  );
  world.node("model", (ports) => startModels({ node: boot(ports, "model"), models: [model] }));
  const ask = (name: string, request: GenerateRequest, { perChunkMs = 0 } = {}) =>
    world.node(name, async (ports) => {
      const node = boot(ports, "gateway");
      const directory = followModels(node);
      const client = createModelClient(node, directory);
      while (directory.serving("scripted").length === 0) await ports.clock.sleep(500);
      void (async () => {
        for await (const _ of client.generate(request)) {
          heard.set(name, (heard.get(name) ?? 0) + 1);
          if (perChunkMs > 0) await ports.clock.sleep(perChunkMs);
        }
      })().catch(() => {});
    });
  return { world, model, heard, ask };
}

describe.each(Object.entries(PHASES))("a caller that is killed in mid-%s", (_, request) => {
  test("frees its slot within one chunk and 20 ms, and the next caller has its turn", async () => {
    const { world, model, heard, ask } = modelWorld();
    ask("first", request);
    await world.advance(10_000);
    ask("second", request);
    await world.advance(5_000);
    expect(heard.get("first")).toBeGreaterThan(10);
    expect(heard.has("second")).toBe(false);
    world.kill("first");
    const { made } = model;
    expect(model.endedAt).toEqual([]);
    await world.advance(CHUNK_MS + 20);
    expect(model.endedAt).toEqual([made + 1]);
    await world.advance(2 * CHUNK_MS);
    expect(heard.get("second")).toBeGreaterThan(0);
    world.close();
  });
});

test("a caller that took nothing any more when it was killed frees its slot after two heartbeats", async () => {
  const { world, model, ask } = modelWorld();
  ask("first", PHASES.decode, { perChunkMs: 1_000_000 });
  await world.advance(WINDOW * CHUNK_MS + 10_000);
  const { made } = model;
  await world.advance(5 * CHUNK_MS);
  // It waits for credit: no chunk tells of its reader.
  expect([model.running, model.made - made]).toEqual([1, 0]);
  world.kill("first");
  await world.advance(2 * PULSE_MS + RETURN_MS);
  expect(model.running).toBe(0);
  world.close();
});

test("a prompt that takes twenty minutes to score is read to its end for the living, and not for the dead", async () => {
  const { world, model } = modelWorld();
  const { context, input } = GenerateRequest.parse({
    model: "scripted",
    input: { type: "prompt", prompt: Array(8).fill({ type: "text", text: "word ".repeat(12_000) }) },
  });
  const request = ScoreRequest.parse({ model: "scripted", context, input, positions: [1] });
  let scored = 0;
  const boots = ["living", "dead"].map((name) => async () => {
    world.node(name, async (ports) => {
      const node = boot(ports, "gateway");
      const directory = followModels(node);
      while (directory.serving("scripted").length === 0) await ports.clock.sleep(500);
      void createModelClient(node, directory)
        .score(request)
        .then(() => scored++)
        .catch(() => {});
    });
    await world.advance(60_000);
    expect(model.running).toBe(1);
  });
  await boots[0]!();
  await world.advance(1_800_000);
  expect([model.running, scored]).toEqual([0, 1]);
  await boots[1]!();
  world.kill("dead");
  await world.advance(PULSE_MS + RETURN_MS + CHUNK_MS);
  expect([model.running, scored]).toEqual([0, 1]);
  world.close();
});

test("a caller that is cut off, not dead, keeps its slot until it has been silent for long enough", async () => {
  const { world, heard, ask } = modelWorld();
  ask("first", PHASES.decode);
  await world.advance(10_000);
  ask("second", PHASES.decode);
  world.network.partition("first", "model");
  await world.advance(SILENCE_MS - PULSE_MS);
  expect(heard.has("second")).toBe(false);
  await world.advance(3 * PULSE_MS);
  expect(heard.get("second")).toBeGreaterThan(0);
  world.close();
});
