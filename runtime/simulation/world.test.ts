import { afterEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { implement, request, service, stream } from "../../protocol/service.ts";
import { faultyCluster, servicesOf } from "./world.fixture.ts";
import { type SimulatedPorts, World } from "./world.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
let worlds: World[] = [];
const newWorld = (seed = 1) => {
  const world = new World({ seed });
  worlds.push(world);
  return world;
};
afterEach(() => {
  for (const world of worlds) world.close();
  worlds = [];
});

/** Two nodes, `b` recording what it hears on `s`. */
function pair(world: World) {
  const heard: string[] = [];
  let a: SimulatedPorts | undefined;
  world.node("a", (ports) => {
    a = ports;
  });
  world.node("b", ({ transport }) => {
    transport.subscribe("s", ({ data }) => heard.push(new TextDecoder().decode(data)));
  });
  return { heard, say: (text: string) => a!.transport.publish("s", bytes(text)), a: () => a! };
}

describe("determinism", () => {
  test("goes the same way twice from one seed, through every kind of fault", async () => {
    const [first, second] = [await faultyCluster(7), await faultyCluster(7)];
    expect(second.hash).toBe(first.hash);
    expect(second.world.clock.fired).toBe(first.world.clock.fired);
  });

  test("goes another way from another seed", async () => {
    expect((await faultyCluster(8)).hash).not.toBe((await faultyCluster(7)).hash);
  });

  test("goes the same way in another process", async () => {
    const fixture = new URL("world.fixture.ts", import.meta.url).pathname;
    const child = Bun.spawn([process.execPath, fixture, "7"], { stdout: "pipe", stderr: "inherit" });
    const printed = (await new Response(child.stdout).text()).trim();
    expect(await child.exited).toBe(0);
    expect(printed).toBe((await faultyCluster(7)).hash);
  });

  test("gets every job done in the end, whatever happened", async () => {
    for (const seed of [1, 2, 3]) {
      const { results } = await faultyCluster(seed);
      expect(results).toEqual(Array.from({ length: 100 }, (_, n) => n * 2));
    }
  });
});

describe("faults between nodes", () => {
  test("a partition loses what is sent both ways, until it heals", async () => {
    const world = newWorld();
    const { heard, say } = pair(world);
    await world.advance(1);
    world.network.partition("a", "b");
    say("lost");
    await world.advance(1);
    world.network.heal("a", "b");
    say("arrives");
    await world.advance(1);
    expect(heard).toEqual(["arrives"]);
    expect(world.network.lost.cut).toBe(1);
  });

  test("a one-way cut leaves the way back open", async () => {
    const world = newWorld();
    const { heard, say } = pair(world);
    await world.advance(1);
    world.network.oneWay("b", "a");
    say("arrives");
    world.network.oneWay("a", "b");
    say("lost");
    await world.advance(1);
    expect(heard).toEqual(["arrives"]);
  });

  test("delay with jitter keeps the order of a sender", async () => {
    const world = newWorld();
    const { heard, say } = pair(world);
    await world.advance(1);
    world.network.delay("a", "b", 10, 100);
    const sent = Array.from({ length: 50 }, (_, n) => String(n));
    for (const text of sent) say(text);
    await world.advance(9);
    expect(heard).toEqual([]);
    await world.advance(200);
    expect(heard).toEqual(sent);
  });

  test("reorder lets later messages overtake", async () => {
    const world = newWorld();
    const { heard, say } = pair(world);
    await world.advance(1);
    world.network.reorder("a", "b", 0.5, 10);
    const sent = Array.from({ length: 50 }, (_, n) => String(n));
    for (const text of sent) say(text);
    await world.advance(20);
    expect(heard).not.toEqual(sent);
    expect([...heard].sort()).toEqual([...sent].sort());
  });

  test("drop and duplicate do so about as often as asked", async () => {
    const world = newWorld();
    const { heard, say } = pair(world);
    await world.advance(1);
    world.network.duplicate("a", "b", 0.5);
    for (let n = 0; n < 1_000; n++) say("x");
    await world.advance(1);
    expect(heard.length).toBeGreaterThan(1_400);
    expect(heard.length).toBeLessThan(1_600);
    world.network.heal();
    world.network.drop("a", "b", 0.5);
    heard.length = 0;
    for (let n = 0; n < 1_000; n++) say("x");
    await world.advance(1);
    expect(heard.length).toBeGreaterThan(400);
    expect(heard.length).toBeLessThan(600);
    expect(world.network.lost.drop).toBe(1_000 - heard.length);
  });

  test("corrupt changes one byte and leaves the sender's bytes alone", async () => {
    const world = newWorld();
    const { heard, a } = pair(world);
    await world.advance(1);
    world.network.corrupt("a", "b", 1);
    const sent = bytes("0123456789");
    a().transport.publish("s", sent);
    await world.advance(1);
    expect(sent).toEqual(bytes("0123456789"));
    expect(heard[0]).not.toBe("0123456789");
  });

  test("a slow node is slow for everybody", async () => {
    const world = newWorld();
    const { heard, say } = pair(world);
    await world.advance(1);
    world.network.slow("b", 100);
    say("x");
    await world.advance(99);
    expect(heard).toEqual([]);
    await world.advance(1);
    expect(heard).toEqual(["x"]);
  });

  test("a node cut from the broker cannot reach jobs or leases", async () => {
    const world = newWorld();
    const codes: string[] = [];
    world.node("a", async ({ transport, clock }) => {
      await clock.sleep(10);
      await transport.leases.create("k", bytes("v")).catch((failure: Failure) => codes.push(failure.code));
      await transport.jobs
        .enqueue("q", bytes("x"), { id: "1" })
        .catch((failure: Failure) => codes.push(failure.code));
    });
    world.network.partition("a", "broker");
    await world.advance(20_000);
    expect(codes).toEqual(["unavailable", "unavailable"]);
  });
});

describe("faults of a node", () => {
  test("a killed node's timers never fire and its promises never settle", async () => {
    const world = newWorld();
    const seen: string[] = [];
    world.node("a", async ({ clock, transport }) => {
      clock.every(10, () => seen.push("beat"));
      void clock.sleep(50).then(
        () => seen.push("slept"),
        () => seen.push("rejected"),
      );
      void transport.request("nobody.home", bytes("?"), { timeoutMs: 50 }).catch(() => seen.push("answered"));
    });
    await world.advance(25);
    expect(seen).toEqual(["answered", "beat", "beat"]);
    world.kill("a");
    await world.advance(1_000);
    expect(seen).toEqual(["answered", "beat", "beat"]);
    expect(world.alive("a")).toBe(false);
  });

  test("a killed node hears nothing and says nothing", async () => {
    const world = newWorld();
    const { heard, say, a } = pair(world);
    await world.advance(1);
    world.kill("b");
    say("to the dead");
    await world.advance(1);
    expect(heard).toEqual([]);
    world.restart("b");
    world.kill("a");
    a().transport.publish("s", bytes("from the dead"));
    await world.advance(1);
    expect(heard).toEqual([]);
  });

  test("a restarted node finds its store and blobs", async () => {
    const world = newWorld();
    const found: unknown[] = [];
    const blob = { sha256: new Bun.CryptoHasher("sha256").update("big").digest("hex"), size: 3 };
    world.node("a", async ({ store, blobs }) => {
      found.push(store.get("k"), await blobs.has(blob));
      store.put("k", bytes("v"));
      await blobs.put("big");
    });
    await world.advance(1);
    world.restart("a");
    await world.advance(1);
    expect(found).toEqual([undefined, false, bytes("v"), true]);
  });

  test("a job in flight at a kill is redelivered after the ack wait", async () => {
    const world = newWorld();
    const taken: [string, number, number][] = [];
    const start = world.clock.now();
    const options = { concurrency: 1, ackWaitMs: 3_000, maxDeliver: 5 };
    for (const name of ["a", "b"]) {
      world.node(name, async ({ transport, clock }) => {
        await transport.jobs.consume("q", options, async ({ delivery }) => {
          taken.push([name, delivery, clock.now() - start]);
          await clock.sleep(10_000);
        });
      });
    }
    world.node("c", async ({ transport }) => {
      await transport.jobs.enqueue("q", bytes("x"), { id: "1" });
    });
    await world.advance(1_500);
    const [first] = taken;
    world.kill(first![0]);
    await world.advance(20_000);
    expect(taken.length).toBe(2);
    expect(taken[1]![0]).not.toBe(first![0]);
    expect(taken[1]![1]).toBe(2);
    // Renewed at a third of the ack wait for the last time at 1,000 ms.
    expect(taken[1]![2]).toBe(4_000);
  });

  test("a frozen node misses nothing, and finds everything late", async () => {
    const world = newWorld();
    const { heard, say } = pair(world);
    const beats: number[] = [];
    world.node("c", ({ clock }) => {
      clock.every(100, () => beats.push(clock.now()));
    });
    await world.advance(1);
    world.freeze("b");
    world.freeze("c");
    say("waits");
    await world.advance(1_000);
    expect([heard, beats]).toEqual([[], []]);
    world.resume("b");
    world.resume("c");
    await world.advance(150);
    expect(heard).toEqual(["waits"]);
    expect(beats.length).toBe(2);
  });

  test("a skewed clock reads otherwise, also after a restart, and waits no longer", async () => {
    const world = newWorld();
    const read: number[] = [];
    world.node("a", async ({ clock }) => {
      await clock.sleep(10);
      read.push(clock.now() - world.clock.now());
    });
    world.clockSkew("a", 30_000);
    await world.advance(10);
    world.restart("a");
    await world.advance(10);
    expect(read).toEqual([30_000, 30_000]);
  });

  test("a full disk refuses writes with storage, and takes them again", async () => {
    const world = newWorld();
    let a: SimulatedPorts | undefined;
    world.node("a", (ports) => {
      a = ports;
    });
    world.diskFull("a");
    expect(() => a!.store.put("k", bytes("v"))).toThrow(Failure);
    await expect(a!.blobs.put("x")).rejects.toMatchObject({ code: "storage" });
    world.diskFull("a", false);
    a!.store.put("k", bytes("v"));
    expect(a!.store.get("k")).toEqual(bytes("v"));
  });

  test("a node that cannot boot fails the run, by name", async () => {
    const world = newWorld();
    world.node("a", async () => {
      throw new Failure("config", "no key");
    });
    await expect(world.advance(1)).rejects.toThrow("node a did not start: no key");
  });
});

describe("services under faults", () => {
  const Chunk = z.object({ n: z.number() });
  const Source = service(
    "source",
    1,
    { servedBy: ["miner"], summary: "Under test." },
    {
      read: stream(z.object({}), Chunk, { calledBy: ["validator"], timeoutMs: 600_000 }),
      ask: request(Chunk, Chunk, { calledBy: ["validator"], timeoutMs: 5_000 }),
    },
  );
  function source(world: World, ended: string[]) {
    world.node("miner", async (ports) => {
      await servicesOf(ports).serve(
        implement(Source, {
          async *read(_, { signal }: { signal: AbortSignal }) {
            try {
              for (let n = 0; ; n++) {
                yield { n };
                await ports.clock.sleep(1_000, signal);
              }
            } finally {
              ended.push("producer");
            }
          },
          ask: async ({ n }) => ({ n }),
        }),
      );
    });
    world.node("validator", async (ports) => {
      await ports.clock.sleep(100);
      try {
        for await (const _ of servicesOf(ports).client(Source).read({}));
      } catch (thrown) {
        ended.push(Failure.from(thrown).code);
      }
    });
  }

  test("a reader notices a dead producer within the idle deadline", async () => {
    const world = newWorld();
    const ended: string[] = [];
    source(world, ended);
    await world.advance(10_000);
    expect(ended).toEqual([]);
    world.kill("miner");
    await world.advance(30_000);
    expect(ended).toEqual(["unavailable"]);
  });

  test("a producer notices a dead reader, and its generator ends", async () => {
    const world = newWorld();
    const ended: string[] = [];
    source(world, ended);
    await world.advance(10_000);
    world.kill("validator");
    await world.advance(30_000);
    expect(ended).toEqual(["producer"]);
  });

  test("a lost chunk fails the stream with gap", async () => {
    const world = newWorld();
    const ended: string[] = [];
    source(world, ended);
    await world.advance(5_000);
    world.network.partition("miner", "validator");
    await world.advance(2_000);
    world.network.heal();
    await world.advance(5_000);
    expect(ended.sort()).toEqual(["gap", "producer"]);
  });

  test("an idle stream lives as long as both sides do", async () => {
    const world = newWorld();
    const ended: string[] = [];
    source(world, ended);
    await world.advance(300_000);
    expect(ended).toEqual([]);
  });

  test("a question over a partition ends at its deadline", async () => {
    const world = newWorld();
    const ended: string[] = [];
    source(world, ended);
    world.node("asker", async (ports) => {
      await ports.clock.sleep(1_000);
      await servicesOf(ports)
        .client(Source)
        .ask({ n: 1 })
        .catch((failure: Failure) =>
          ended.push(`${failure.code} at ${ports.clock.now() - world.clock.now() === 0}`),
        );
    });
    world.network.partition("asker", "miner");
    await world.advance(6_100);
    expect(ended).toEqual(["timeout at true"]);
  });
});
