/** What becomes of a model's slot when the node that asked is gone without a word: on virtual time, by the seed. */
import { expect, test } from "bun:test";
import { createScriptedModel } from "../../models/scripted/scripted.ts";
import { GenerateRequest } from "../../protocol/model.ts";
import { SILENCE_MS } from "../../runtime/services/pulse.ts";
import { type SimulatedPorts, World } from "../../runtime/simulation/world.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { bootNode } from "../boot-node.ts";
import { followModels } from "./directory.ts";
import { startModels } from "./model.ts";
import { createModelClient } from "./model-client.ts";

const boot = (ports: SimulatedPorts, role: "model" | "gateway") =>
  bootNode({ name: ports.name, net: "sim", roles: [role], ports, log: keptLog() }).node;
/** Half an hour of words, where nobody stops it. */
const request = GenerateRequest.parse({
  model: "scripted",
  input: { type: "prompt", prompt: [{ type: "text", text: "Go on" }] },
  limits: { maxTokens: 200_000 },
});

test("its work ends with the silence, and the next caller has its turn", async () => {
  const world = new World({ seed: 7 });
  let running = -1;
  world.node("model", async (ports) => {
    const node = boot(ports, "model");
    const behaviour = { type: "slow", prefillTokensPerSecond: 1e6, tokensPerSecond: 100 } as const;
    const { clock, blobs } = ports;
    const model = createScriptedModel({
      ...{ clock, blobs, behaviour, slots: 1, answer: () => "word ".repeat(40_000) },
    });
    await startModels({ node, models: [model] });
  });
  const heard = new Map<string, number>();
  const asking = (name: string): void =>
    world.node(name, async (ports) => {
      const node = boot(ports, "gateway");
      const directory = followModels(node);
      const client = createModelClient(node, directory);
      while (directory.serving("scripted").length === 0) await ports.clock.sleep(500);
      void (async () => {
        for await (const chunk of client.generate(request)) {
          if (chunk.type === "tokens") heard.set(name, (heard.get(name) ?? 0) + 1);
          running = directory.serving("scripted")[0]?.running ?? -1;
        }
      })().catch(() => {});
    });
  asking("first");
  await world.advance(10_000);
  expect(heard.get("first")).toBeGreaterThan(10);
  asking("second");
  await world.advance(5_000);
  expect([running, heard.get("second") ?? 0]).toEqual([1, 0]);
  world.kill("first");
  await world.advance(SILENCE_MS + 10_000);
  expect(heard.get("second")).toBeGreaterThan(10);
});
