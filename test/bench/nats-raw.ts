/** The floor: nats.js alone, doing the same work as plainly as it can be written. */
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy } from "@nats-io/jetstream";
import { createInbox } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { eachUs, inParallel, rate, type Side } from "./side.ts";

export interface Raw extends Side {
  close(): Promise<void>;
}

const WINDOW_BYTES = 2 * 1024 * 1024;

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
  const window = WINDOW_BYTES / chunkBytes;
  const chunk = new Uint8Array(chunkBytes).fill(7);
  server.subscribe("raw.bulk", {
    callback: (_, message) => void produce(message.string(), message.reply ?? ""),
  });
  await server.flush();

  /** Sends chunks as credit allows, then the digest of all; the reader grants more at every half window. */
  function produce(total: string, reply: string): void {
    let left = Number(total);
    let credit = window;
    const hash = new Bun.CryptoHasher("sha256");
    const send = (): void => {
      for (; credit > 0 && left > 0; credit--, left--) {
        hash.update(chunk);
        server.publish(reply, chunk);
      }
      if (left > 0) return;
      subscription.unsubscribe();
      server.publish(reply, hash.digest());
    };
    const subscription = server.subscribe(`${reply}.credit`, {
      callback: (_, message) => {
        credit += Number(message.string());
        send();
      },
    });
    send();
  }

  async function read(total: number): Promise<void> {
    const inbox = createInbox();
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    let got = 0;
    const hash = new Bun.CryptoHasher("sha256");
    const subscription = caller.subscribe(inbox, {
      callback: (_, { data }) => {
        if (got++ === total) return resolve(data);
        hash.update(data);
        if (got % (window / 2) === 0) caller.publish(`${inbox}.credit`, String(window / 2));
      },
    });
    caller.publish("raw.bulk", String(total), { reply: inbox });
    const digest = await promise;
    if (!hash.digest().equals(digest)) throw new Error("the stream arrived changed");
    subscription.unsubscribe();
  }

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
    bulkRate: (chunks) => rate((chunks * chunkBytes) / 1e6, () => read(chunks)),
    async close() {
      await taking.close();
      await Promise.all([caller.close(), server.close()]);
    },
  };
}
