/** What a real vLLM server said, said again: `run.ts --record` asks it anew. */
import { expect, test } from "bun:test";
import { Tally } from "../../actors/model/tally.ts";
import { meter, tellLoad } from "../../actors/model/vllm-metrics.ts";
import { createScriptedModel } from "../../models/scripted/scripted.ts";
import { GenerateRequest } from "../../protocol/model.ts";
import { createMetrics } from "../../runtime/observe/prometheus.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { VLLM_CHECKS } from "./checks.ts";
import { Recording, replay } from "./recording.ts";
import { VLLM_KEY, vllmModel } from "./vllm-model.ts";

const { server, metrics, checks } = Recording.parse(await import("./golden/vllm-0.32.0.json"));

test("every check has a recording", () => {
  expect(Object.keys(checks)).toEqual(Object.keys(VLLM_CHECKS));
});

test("what our model actors measure has vLLM's names and types", async () => {
  const [own, clock] = [createMetrics(), createSystemClock()];
  tellLoad(own, "m", { running: 1, waiting: 0, memoryUsage: 0.5 } as Parameters<typeof tellLoad>[2]);
  const model = createScriptedModel({ clock, blobs: createMemoryBlobs(), answer: () => "one two three" });
  const request = GenerateRequest.parse({ model: "scripted", input: { type: "tokens", tokens: [72, 105] } });
  const asked = { metrics: own, clock, model: "m", tally: new Tally() };
  await Array.fromAsync(meter(asked, model.generate(request)));
  const types = [...(await own.render()).matchAll(/^# TYPE (vllm:\S+) (\w+)$/gm)].map(([, ...type]) => type);
  expect(types.length).toBeGreaterThan(10);
  for (const [name = "", type = ""] of types) expect({ [name]: metrics[name] }).toEqual({ [name]: type });
});

for (const [name, check] of Object.entries(VLLM_CHECKS)) {
  test(`${server}: ${name}`, async () => {
    await using said = replay(checks[name] ?? [], VLLM_KEY);
    await check((changes) => vllmModel(said.url, changes));
  });
}
