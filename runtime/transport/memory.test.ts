import { expect, test } from "bun:test";
import { memoryHarness } from "../../test/contract/memory-harness.ts";
import { transportContract } from "../../test/contract/transport.ts";
import { VirtualClock } from "../simulation/virtual-clock.ts";
import { createMemoryNetwork } from "./memory.ts";

transportContract("memory", memoryHarness);

test("drops what a slow consumer cannot hold, counts it and says so", async () => {
  const clock = new VirtualClock();
  const network = createMemoryNetwork({ clock, maxPending: 10 });
  const [a, b] = [network.connect({ name: "a" }), network.connect({ name: "b" })];
  const got: number[] = [];
  const told: string[] = [];
  b.onStatus(({ type }) => told.push(type));
  b.subscribe("numbers", ({ data }) => got.push(data[0]!));
  for (let n = 0; n < 25; n++) a.publish("numbers", new Uint8Array([n]));
  await clock.advance(1);
  expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(b.dropped).toBe(15);
  expect(told).toContain("slow-consumer");
});

test("bounds what waits for a slow consumer in bytes too", async () => {
  const clock = new VirtualClock();
  const network = createMemoryNetwork({ clock, maxPendingBytes: 1_000 });
  const a = network.connect({ name: "a" });
  let bytes = 0;
  a.subscribe("bulk", ({ data }) => {
    bytes += data.byteLength;
  });
  for (let n = 0; n < 10; n++) a.publish("bulk", new Uint8Array(300));
  await clock.advance(1);
  expect(bytes).toBe(900);
  expect(a.dropped).toBe(7);
});

test("lets timers run while messages keep each other busy", async () => {
  const clock = new VirtualClock();
  const network = createMemoryNetwork({ clock });
  const a = network.connect({ name: "a" });
  let stopped = false;
  a.subscribe("ping", () => {
    if (!stopped) a.publish("ping", new Uint8Array(1));
  });
  a.publish("ping", new Uint8Array(1));
  clock.after(0, () => {
    stopped = true;
  });
  await clock.advance(1);
  expect(stopped).toBe(true);
});
