import { describe, expect, test } from "bun:test";
import { connect } from "@nats-io/transport-node";
import { z } from "zod";
import { natsCli } from "../../../test/provision/nats.ts";
import { NatsServer } from "../../launcher/nats-server.ts";
import type { EndpointStats } from "../../services/endpoint.ts";
import { type DiscoveryOptions, serveDiscovery } from "./micro.ts";
import { connectTo, SERVERS } from "./test-support.ts";

/** What ADR-32 says that a client may expect of each answer. */
const Identity = {
  name: z.string(),
  id: z.string(),
  version: z.string(),
  metadata: z.record(z.string(), z.string()),
};
const Endpoint = { name: z.string(), subject: z.string(), queue_group: z.string() };
const Ping = z.strictObject({ type: z.literal("io.nats.micro.v1.ping_response"), ...Identity });
const Info = z.strictObject({
  type: z.literal("io.nats.micro.v1.info_response"),
  ...Identity,
  description: z.string(),
  endpoints: z.array(z.strictObject({ ...Endpoint, metadata: z.record(z.string(), z.string()) })),
});
const Stats = z.strictObject({
  type: z.literal("io.nats.micro.v1.stats_response"),
  ...Identity,
  started: z.iso.datetime(),
  endpoints: z.array(
    z.strictObject({
      ...Endpoint,
      num_requests: z.int(),
      num_errors: z.int(),
      last_error: z.string(),
      processing_time: z.int(),
      average_processing_time: z.int(),
    }),
  ),
});

const status: EndpointStats = {
  service: "sandbox",
  summary: "Runs programs.",
  version: 1,
  method: "status",
  subject: "orr.test.sandbox.v1.status",
  requests: 4,
  errors: 1,
  lastError: "timeout: late",
  processingMs: 10,
  waiting: 0,
  running: 0,
};
const node = (id: string): DiscoveryOptions => ({
  id,
  node: `node-${id}`,
  startedAt: 1_700_000_000_000,
  stats: () => [status, { ...status, method: "run", requests: 0 }, { ...status, service: "scorer" }],
});

const cli = await natsCli();

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(`discovery on ${which}`, () => {
    test("every instance answers, for all, by name and by id, in the shapes of ADR-32", async () => {
      await using server = await NatsServer.start({ binary, jetstream: false });
      const transport = await connectTo(server);
      const stop = serveDiscovery(transport, node("a"));
      serveDiscovery(transport, node("b"));
      await transport.flush();
      const asking = await connect({ servers: server.url });
      const ask = async (subject: string): Promise<unknown[]> => {
        const many = await asking.requestMany(subject, "", { strategy: "stall", maxWait: 2_000, stall: 200 });
        return (await Array.fromAsync(many)).map((message) => JSON.parse(message.string()));
      };
      const ids = (answers: { id: string }[]) => answers.map(({ id }) => id).sort();
      expect(ids(z.array(Ping).parse(await ask("$SRV.PING")))).toEqual(["a", "a", "b", "b"]);
      expect(ids(z.array(Ping).parse(await ask("$SRV.PING.sandbox")))).toEqual(["a", "b"]);
      const [info] = z
        .array(Info)
        .length(1)
        .parse(await ask("$SRV.INFO.sandbox.b"));
      expect(info).toMatchObject({ id: "b", version: "1.0.0", description: "Runs programs." });
      expect(info?.endpoints.map(({ name }) => name)).toEqual(["status", "run"]);
      const [stats] = z.array(Stats).parse(await ask("$SRV.STATS.sandbox.a"));
      expect(stats?.endpoints[0]).toMatchObject({
        num_requests: 4,
        num_errors: 1,
        last_error: "timeout: late",
        processing_time: 10_000_000,
        average_processing_time: 2_500_000,
      });
      stop.unsubscribe();
      await transport.flush();
      expect(ids(z.array(Ping).parse(await ask("$SRV.PING.scorer")))).toEqual(["b"]);
      await asking.close();
      await transport.close();
    });

    test.skipIf(cli.missing !== undefined)(
      "the nats command line lists, describes and counts it",
      async () => {
        await using server = await NatsServer.start({ binary, jetstream: false });
        const transport = await connectTo(server);
        serveDiscovery(transport, node("a"));
        await transport.flush();
        for (const verb of [["ls"], ["info", "sandbox"], ["stats", "sandbox"]]) {
          const child = Bun.spawn([cli.path ?? "", "--server", server.url, "micro", ...verb], {
            stderr: "pipe",
          });
          expect([verb, await new Response(child.stdout).text()]).toEqual([
            verb,
            expect.stringContaining("sandbox"),
          ]);
        }
        await transport.close();
      },
    );
  });
}
