/** A small cluster under every kind of fault, for tests of determinism. Prints its hash when run by itself. */
import { z } from "zod";
import { event, implement, job, request, service } from "../../protocol/service.ts";
import { createServices } from "../create-services.ts";
import type { Logger } from "../observe/logger.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { SimulatedPorts } from "./world.ts";
import { World } from "./world.ts";

const Body = z.object({ n: z.number().int() });
const Worker = service(
  "worker",
  1,
  { servedBy: ["sandbox"], summary: "Under test." },
  {
    double: job(Body, Body, { calledBy: ["validator"] }),
    ask: request(Body, Body, { calledBy: ["validator"] }),
    idle: event(Body, { calledBy: ["validator"] }),
  },
);

const log: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
const metrics: Metrics = {
  count() {},
  gauge() {},
  observe() {},
  observer: () => () => {},
  render: async () => "",
  read: () => 0,
};

export const servicesOf = (ports: SimulatedPorts) =>
  createServices({ ...ports, net: "sim", node: ports.name, log, metrics });

/** Tries every second until it works, as a supervised node would. */
async function stubbornly<T>(ports: SimulatedPorts, act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch {
      await ports.clock.sleep(1_000);
    }
  }
}

/** Ten minutes of jobs between one validator and three workers; tells what was done and the world's hash. */
export async function faultyCluster(
  seed: number,
): Promise<{ hash: string; results: number[]; world: World }> {
  const world = new World({ seed });
  const results = new Set<number>();
  for (const name of ["w1", "w2", "w3"]) {
    world.node(name, async (ports) => {
      const services = servicesOf(ports);
      await stubbornly(ports, () =>
        services.serve(
          implement(Worker, {
            async double({ n }) {
              await ports.clock.sleep(ports.rng.integer(3_000));
              return { n: n * 2 };
            },
            ask: async ({ n }) => ({ n }),
          }),
          { ackWaitMs: 5_000, maxDeliver: 50, concurrency: 4 },
        ),
      );
    });
  }
  world.node("validator", async (ports) => {
    const { double, ask, idle } = servicesOf(ports).client(Worker);
    idle.subscribe(() => {});
    await stubbornly(ports, () =>
      double.results("validator", async (result) => {
        const n = result.ok ? result.value.n : -1;
        results.add(n);
        world.log({ result: result.id, n });
      }),
    );
    let next = Number(new TextDecoder().decode(ports.store.get("next") ?? new Uint8Array([48])));
    ports.clock.every(1_000, () => {
      if (next >= 100) return;
      const n = next;
      const done = () => {
        next = Math.max(next, n + 1);
        ports.store.put("next", new TextEncoder().encode(String(next)));
      };
      double.enqueue({ n }, { id: `job-${n}`, resultsTo: "validator" }).then(done, () => {});
      ask({ n }, { deadline: ports.clock.now() + 500 }).catch(() => {});
    });
  });
  const chaos = world.rng("chaos");
  world.network.delay("*", "*", 1, 5);
  world.network.duplicate("*", "*", 0.1);
  world.network.reorder("*", "*", 0.1, 50);
  world.network.corrupt("*", "*", 0.02);
  world.network.drop("*", "*", 0.02);
  for (let round = 0; round < 20; round++) {
    await world.advance(10_000);
    const victim = ["w1", "w2", "w3", "validator"][chaos.integer(4)]!;
    world.restart(victim);
    if (round % 5 === 0) world.network.partition("w1", "broker");
    if (round % 5 === 2) world.network.heal("w1", "broker");
    if (round % 7 === 3) world.clockSkew("w2", chaos.integer(60_000) - 30_000);
  }
  world.network.heal();
  await world.advance(400_000);
  const hash = world.hash();
  return { hash, results: [...results].sort((a, b) => a - b), world };
}

if (import.meta.main) console.log((await faultyCluster(Number(process.argv[2]))).hash);
