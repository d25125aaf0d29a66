/** One trace follows a job from the validator through the sandbox to its score, and reaches a collector. */
import { expect, test } from "bun:test";
import { bootNode } from "../../actors/boot-node.ts";
import type { SimulatedPorts } from "../../runtime/simulation/world.ts";
import { keptLog } from "../support/quiet.ts";
import { createHarness, goodMiner } from "../support/subnet-harness.ts";

test("sandbox and scorer work on one job under one trace", async () => {
  await using harness = await createHarness({ miners: { good: goodMiner } });
  await harness.world.advance(120_000);
  const spans = harness.spans();
  const runs = spans.filter(({ name }) => name === "sandbox.run");
  expect(runs).toHaveLength(2);
  for (const run of runs) {
    const judged = spans.find(
      ({ name, attributes }) => name === "scorer.judge" && attributes.job === run.attributes.job,
    );
    expect(judged?.trace.traceId).toBe(run.trace.traceId);
  }
});

test("a node told of a collector sends its spans there, at the latest when it ends", async () => {
  const got: string[] = [];
  using collector = Bun.serve({
    port: 0,
    async fetch(request) {
      got.push(`${new URL(request.url).pathname} ${await request.text()}`);
      return new Response("{}");
    },
  });
  const { createMemoryNetwork } = await import("../../runtime/transport/memory.ts");
  const { createSystemClock } = await import("../../runtime/ports/system-clock.ts");
  const { createSystemRng } = await import("../../runtime/ports/system-rng.ts");
  const { createMemoryBlobs } = await import("../../runtime/ports/memory-blobs.ts");
  const { createMemoryStore } = await import("../../runtime/ports/memory-store.ts");
  const clock = createSystemClock();
  const ports: Omit<SimulatedPorts, "name"> = {
    clock,
    rng: createSystemRng(),
    transport: createMemoryNetwork({ clock }).connect({ name: "traced" }),
    blobs: createMemoryBlobs(),
    store: createMemoryStore(),
    spawn: { run: () => Promise.reject(new Error("nothing is spawned here")) },
  };
  const { node } = bootNode({
    ...{ name: "traced", net: "local", roles: [], ports, log: keptLog() },
    otlp: `http://127.0.0.1:${collector.port}`,
  });
  await node.tracer.run("work", { attributes: { job: "j1" } }, async () => {});
  await node.drain();
  expect(got).toHaveLength(1);
  expect(got[0]).toStartWith("/v1/traces ");
  expect(got[0]).toContain('"work"');
  expect(got[0]).toContain('"traced"');
});
