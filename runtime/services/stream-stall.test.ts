import { expect, test } from "bun:test";
import { z } from "zod";
import { implement, service, stream } from "../../protocol/service.ts";
import { keptLog, keptMetrics } from "../../test/support/quiet.ts";
import type { Context } from "../context.ts";
import { createServices, type OpenServices } from "../create-services.ts";
import { type SimulatedPorts, World } from "../simulation/world.ts";

const Endless = service(
  "endless",
  1,
  { servedBy: ["validator"], summary: "A stream that never ends by itself." },
  {
    read: stream(z.object({}), z.instanceof(Uint8Array), {
      calledBy: ["miner"],
      timeoutMs: 600_000,
      maxBytes: 65_536,
    }),
  },
);

const servicesOf = ({ name, transport, clock, rng }: SimulatedPorts): OpenServices =>
  createServices({ transport, clock, rng, net: "n", node: name, log: keptLog(), metrics: keptMetrics() });

/** Opens the stream, takes chunks with a pause before each, and tells when the producer was let go, in milliseconds. */
async function producerLife(pauseMs: number): Promise<number | undefined> {
  const world = new World({ seed: "stall" });
  const began = world.clock.now();
  let ended: number | undefined;
  world.node("server", async (ports) => {
    await servicesOf(ports).serve(
      implement(Endless, {
        async *read(_: object, __: Context) {
          try {
            for (;;) yield new Uint8Array(65_536);
          } finally {
            ended = world.clock.now() - began;
          }
        },
      }),
    );
  });
  world.node("reader", async (ports) => {
    await ports.clock.sleep(1_000);
    void (async () => {
      for await (const _ of servicesOf(ports).client(Endless).read({})) await ports.clock.sleep(pauseMs);
    })().catch(() => {});
  });
  await world.advance(400_000);
  world.close();
  return ended;
}

test("a reader that says it is alive but takes nothing loses its place; a slow one keeps it", async () => {
  const ended = await producerLife(500_000);
  expect(ended).toBeGreaterThan(60_000);
  expect(ended).toBeLessThan(80_000);
  expect(await producerLife(2_000)).toBeUndefined();
});
