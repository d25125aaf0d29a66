/** The floor: nats.js alone, doing the same work as plainly as it can be written. `bulk-end.ts` serves its streams. */
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { readRawBulk } from "./raw-bulk.ts";
import { eachUs, inParallel, rate, type Side } from "./side.ts";

export interface Raw extends Side {
  /** In messages of that size; by default as large as the chunks that ours is given. */
  bulkRate(bytes: number, messageBytes?: number): Promise<number>;
  close(): Promise<void>;
}

export async function rawNats(url: string, body: Uint8Array, chunkBytes: number): Promise<Raw> {
  const options = { servers: url, noAsyncTraces: true };
  const [caller, server] = await Promise.all([connect(options), connect(options)]);
  server.subscribe("raw.echo", { callback: (_, message) => void message.respond(message.data) });
  let done = 0;
  let finished = () => {};
  const count = (): void => {
    if (--done === 0) finished();
  };
  const expecting = (total: number): Promise<void> => {
    done = total;
    return new Promise((resolve) => {
      finished = resolve;
    });
  };
  server.subscribe("raw.tell", { callback: count });
  const js = jetstream(caller);
  const jsm = await jetstreamManager(server);
  await jsm.streams.add({ name: "RAW", subjects: ["raw.work"], retention: RetentionPolicy.Workqueue });
  await jsm.consumers.add("RAW", {
    durable_name: "w",
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: 20_000,
  });
  const consumer = await jetstream(server).consumers.get("RAW", "w");
  const taking = await consumer.consume({
    max_messages: 256,
    callback: (message) => {
      message.ack();
      count();
    },
  });
  await server.flush();

  let jobs = 0;
  const ask = () => caller.request("raw.echo", body, { timeout: 20_000 });
  return {
    sequentialUs: (total) => eachUs(total, ask),
    askRate: (total, inFlight) => rate(total, () => inParallel(total, inFlight, ask)),
    tellRate: (total, burst) =>
      rate(total, async () => {
        const all = expecting(total);
        for (let sent = 0; sent < total; sent += burst) {
          for (let n = 0; n < burst; n++) caller.publish("raw.tell", body);
          await caller.flush();
        }
        await all;
      }),
    jobRate: (total, inFlight) =>
      rate(total, async () => {
        const all = expecting(total);
        await inParallel(total, inFlight, () => js.publish("raw.work", body, { msgID: `raw-${++jobs}` }));
        await all;
      }),
    bulkRate: (bytes, size = chunkBytes) => rate(bytes / 1e6, () => readRawBulk(caller, bytes / size, size)),
    async close() {
      await taking.close();
      await Promise.all([caller.close(), server.close()]);
    },
  };
}
