/** What becomes of a model's slot when the node that asked is gone without a word: on virtual time, by the seed. */
import { describe, expect, test } from "bun:test";
import type { Model } from "../../models/model.ts";
import { createScriptedModel } from "../../models/scripted/scripted.ts";
import { GenerateRequest } from "../../protocol/model.ts";
import { PULSE_MS, SILENCE_MS } from "../../runtime/services/pulse.ts";
import { RETURN_MS } from "../../runtime/services/remote-readers.ts";
import { WINDOW } from "../../runtime/services/stream-window.ts";
import { type SimulatedPorts, World } from "../../runtime/simulation/world.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { bootNode } from "../boot-node.ts";
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

interface Watched {
  world: World;
  /** Answers at work. */
  running: number;
  /** Chunks of all answers, and how many those were whenever one ended. */
  made: number;
  endedAt: number[];
  heard: Map<string, number>;
  ask(name: string, request: GenerateRequest, options?: { perChunkMs?: number }): void;
}

/** A world with a model of one slot, and whoever is told to ask it. */
function watchedWorld(): Watched {
  const world = new World({ seed: 7 });
  const watched: Watched = {
    ...{ world, running: 0, made: 0, endedAt: [], heard: new Map() },
    ask: (name, request, { perChunkMs = 0 } = {}) =>
      world.node(name, async (ports) => {
        const node = boot(ports, "gateway");
        const directory = followModels(node);
        const client = createModelClient(node, directory);
        while (directory.serving("scripted").length === 0) await ports.clock.sleep(500);
        void (async () => {
          for await (const _ of client.generate(request)) {
            watched.heard.set(name, (watched.heard.get(name) ?? 0) + 1);
            if (perChunkMs > 0) await ports.clock.sleep(perChunkMs);
          }
        })().catch(() => {});
      }),
  };
  const watch = (model: Model): Model => ({
    ...model,
    get status() {
      return model.status;
    },
    async *generate(request, options) {
      watched.running++;
      try {
        for await (const chunk of model.generate(request, options)) {
          watched.made++;
          yield chunk;
        }
      } finally {
        watched.running--;
        watched.endedAt.push(watched.made);
      }
    },
  });
  world.node("model", async (ports) => {
    const { clock, blobs } = ports;
    const answer = () => "word ".repeat(40_000);
    const model = createScriptedModel({
      ...{ clock, blobs, behaviour, answer, slots: 1, chunkTokens: PREFILL_CHUNK },
    });
    await startModels({ node: boot(ports, "model"), models: [watch(model)] });
  });
  return watched;
}

describe.each(Object.entries(PHASES))("a caller that is killed in mid-%s", (_, request) => {
  test("frees its slot within one chunk and 20 ms, and the next caller has its turn", async () => {
    const watched = watchedWorld();
    const { world, heard } = watched;
    watched.ask("first", request);
    await world.advance(10_000);
    watched.ask("second", request);
    await world.advance(5_000);
    expect(heard.get("first")).toBeGreaterThan(10);
    expect(heard.has("second")).toBe(false);
    world.kill("first");
    const { made } = watched;
    expect(watched.endedAt).toEqual([]);
    await world.advance(CHUNK_MS + 20);
    expect(watched.endedAt).toEqual([made + 1]);
    await world.advance(2 * CHUNK_MS);
    expect(heard.get("second")).toBeGreaterThan(0);
    world.close();
  });
});

test("a caller that took nothing any more when it was killed frees its slot after two heartbeats", async () => {
  const watched = watchedWorld();
  const { world } = watched;
  watched.ask("first", PHASES.decode, { perChunkMs: 1_000_000 });
  await world.advance(WINDOW * CHUNK_MS + 10_000);
  const { made } = watched;
  await world.advance(5 * CHUNK_MS);
  // It waits for credit: no chunk tells of its reader.
  expect([watched.running, watched.made - made]).toEqual([1, 0]);
  world.kill("first");
  await world.advance(2 * PULSE_MS + RETURN_MS);
  expect(watched.running).toBe(0);
  world.close();
});

test("a caller that is cut off, not dead, keeps its slot until it has been silent for long enough", async () => {
  const watched = watchedWorld();
  const { world, heard } = watched;
  watched.ask("first", PHASES.decode);
  await world.advance(10_000);
  watched.ask("second", PHASES.decode);
  world.network.partition("first", "model");
  await world.advance(SILENCE_MS - PULSE_MS);
  expect(heard.has("second")).toBe(false);
  await world.advance(3 * PULSE_MS);
  expect(heard.get("second")).toBeGreaterThan(0);
  world.close();
});
