/** Readers of streams that are away for a moment, and one that is not: on real servers, the producer's time in the test's hands. */
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { implement, request, service, stream } from "../../../protocol/service.ts";
import { eventually, failureOf, gate } from "../../../test/contract/harness.ts";
import { startFaultProxy } from "../../../test/support/fault-proxy.ts";
import { type ManualClock, manualClock } from "../../../test/support/manual-clock.ts";
import { keptLog, keptMetrics } from "../../../test/support/quiet.ts";
import { createServices, type OpenServices } from "../../create-services.ts";
import { NatsServer } from "../../launcher/nats-server.ts";
import type { Clock } from "../../ports/clock.ts";
import { PULSE_MS } from "../../services/pulse.ts";
import { RETURN_MS } from "../../services/remote-readers.ts";
import type { NatsTransport } from "./nats-transport.ts";
import { clock, connectTo, isHeard, rng, SERVERS } from "./test-support.ts";

const Counting = service(
  "counting",
  1,
  { servedBy: ["model"], summary: "Under test." },
  {
    count: stream(z.object({}), z.object({ n: z.number() }), { calledBy: ["gateway"], timeoutMs: 600_000 }),
    last: request(z.object({}), z.object({ n: z.number() }), { calledBy: ["gateway"], timeoutMs: 600_000 }),
  },
);
const LAST = 500;

const servicesOver = (transport: NatsTransport, node: string, on: Clock): OpenServices =>
  createServices({
    ...{ transport, clock: on, rng, net: "test", node },
    ...{ log: keptLog(), metrics: keptMetrics() },
  });

interface Counter {
  transport: NatsTransport;
  time: ManualClock;
  /** Lets it count on from its first number. */
  goOn(): void;
  /** Resolves with why the stream was stopped. */
  stopped: Promise<unknown>;
  hasReader(): Promise<boolean>;
}

/** Counts to its first number, and on when it is told to. */
async function startCounter(server: NatsServer): Promise<Counter> {
  const [transport, time, more] = [await connectTo(server), manualClock(), gate()];
  const stopped = Promise.withResolvers<unknown>();
  let inbox = "";
  transport.subscribe("orr.test.counting.v1.*", ({ reply = "" }) => {
    inbox = reply.split(".").slice(0, 2).join(".");
  });
  await servicesOver(transport, "counter", time).serve(
    implement(Counting, {
      async *count(_: object, { signal }: { signal: AbortSignal }) {
        signal.addEventListener("abort", () => stopped.resolve(signal.reason));
        for (let n = 0; n <= LAST; n++) {
          yield { n };
          if (n === 0) await more.passed;
        }
      },
      async last(_: object, { signal }: { signal: AbortSignal }) {
        signal.addEventListener("abort", () => stopped.resolve(signal.reason));
        await more.passed;
        return { n: LAST };
      },
    }),
  );
  return {
    ...{ transport, time, goOn: more.open, stopped: stopped.promise },
    // Beside what it waits for: this is no frame of its stream.
    hasReader: async () => inbox !== "" && (await isHeard(transport, `${inbox}.~zz.zz`)),
  };
}

/** Asks for all numbers and reads the first. */
async function startReading(transport: NatsTransport) {
  const numbers = servicesOver(transport, "reader", clock).client(Counting).count({})[Symbol.asyncIterator]();
  expect((await numbers.next()).value).toEqual({ n: 0 });
  return async () => {
    let last = 0;
    for (let step = await numbers.next(); !step.done; step = await numbers.next()) {
      last = (step.value as { n: number }).n;
    }
    return last;
  };
}

/** The counter says that it is alive, and hears that nobody listens. */
async function missReader({ time, transport, hasReader }: Counter): Promise<void> {
  await eventually(clock, "the reader is away", async () => !(await hasReader()));
  await time.advance(PULSE_MS);
  await transport.flush();
}

/** The counter asks for the last time. */
async function askAgain({ time, transport }: Counter): Promise<void> {
  await time.advance(RETURN_MS);
  await transport.flush();
  await time.settle();
}

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(`a reader that is away while its stream is quiet, ${which}`, () => {
    test("reads on when it is back before it is given up, and not when it stays away", async () => {
      await using server = await NatsServer.start({ binary, jetstream: false });
      for (const returns of [true, false]) {
        using proxy = startFaultProxy(server.port);
        const counter = await startCounter(server);
        const reader = await connectTo(server, { servers: [`nats://127.0.0.1:${proxy.port}`] });
        const readOn = await startReading(reader);
        proxy.refuse();
        await missReader(counter);
        if (returns) {
          proxy.heal();
          await eventually(clock, "the reader is back", counter.hasReader);
        }
        await askAgain(counter);
        if (returns) {
          counter.goOn();
          expect(await readOn()).toBe(LAST);
        } else {
          expect(String(await counter.stopped)).toContain("the reader of the stream is gone");
        }
        counter.goOn();
        await Promise.all([counter.transport.close(), reader.close()]);
      }
    }, 30_000);

    test("and so with the answer that it waits for", async () => {
      await using server = await NatsServer.start({ binary, jetstream: false });
      for (const returns of [true, false]) {
        using proxy = startFaultProxy(server.port);
        const counter = await startCounter(server);
        const asker = await connectTo(server, { servers: [`nats://127.0.0.1:${proxy.port}`] });
        const asked = servicesOver(asker, "asker", clock).client(Counting).last({});
        asked.catch(() => {});
        await eventually(clock, "it was asked", counter.hasReader);
        // One heartbeat that a short request would not have lived to see.
        await counter.time.advance(PULSE_MS);
        proxy.refuse();
        await missReader(counter);
        if (returns) {
          proxy.heal();
          await eventually(clock, "the asker is back", counter.hasReader);
        }
        await askAgain(counter);
        if (!returns) expect(String(await counter.stopped)).toContain("whoever asked is gone");
        counter.goOn();
        if (returns) expect(await asked).toEqual({ n: LAST });
        await Promise.all([counter.transport.close(), asker.close()]);
      }
    }, 30_000);

    test("hears that its stream is lost as soon as it is back, when a chunk of it was", async () => {
      await using server = await NatsServer.start({ binary, jetstream: false });
      using proxy = startFaultProxy(server.port);
      const counter = await startCounter(server);
      const reader = await connectTo(server, { servers: [`nats://127.0.0.1:${proxy.port}`] });
      const readOn = await startReading(reader);
      proxy.refuse();
      await missReader(counter);
      counter.goOn();
      await counter.stopped;
      proxy.heal();
      await eventually(clock, "the reader is back", counter.hasReader);
      const failed = failureOf(readOn());
      await counter.time.advance(PULSE_MS);
      expect(await failed).toMatchObject({ code: "unavailable", retryable: true });
      await Promise.all([counter.transport.close(), reader.close()]);
    }, 30_000);

    test("reads on from another server of the cluster when its own was killed", async () => {
      const servers = await NatsServer.cluster(3, { binary, jetstream: false });
      try {
        const counter = await startCounter(servers[0]!);
        const reader = await connectTo(servers.slice(1));
        await eventually(clock, "the counter is known everywhere", () =>
          isHeard(reader, "orr.test.counting.v1.count_ctl.x"),
        );
        const readOn = await startReading(reader);
        const own = reader.context.nc.getServer();
        await servers.find(({ url }) => url === `nats://${own}`)!.kill();
        await missReader(counter);
        await eventually(clock, "the reader has another server", counter.hasReader);
        await askAgain(counter);
        counter.goOn();
        expect(await readOn()).toBe(LAST);
        await Promise.all([counter.transport.close(), reader.close()]);
      } finally {
        await Promise.all(servers.map((server) => server.stop()));
      }
    }, 30_000);
  });
}
