/** The floor of streams: nats.js sending chunks as far as credit allows, neither checked nor hashed nor numbered. */
import { createInbox, type NatsConnection } from "@nats-io/nats-core";

const WINDOW_BYTES = 2 * 1024 * 1024;
const subjectOf = (chunkBytes: number): string => `raw.bulk.${chunkBytes}`;

/** Sends as many chunks as the question says, then an empty one; the reader grants more at every half window. */
export function serveRawBulk(nc: NatsConnection, chunkBytes: number): void {
  const chunk = new Uint8Array(chunkBytes).fill(7);
  nc.subscribe(subjectOf(chunkBytes), {
    callback: (_, message) => {
      const reply = message.reply!;
      let left = Number(message.string());
      let credit = WINDOW_BYTES / chunkBytes;
      const send = (): void => {
        for (; credit > 0 && left > 0; credit--, left--) nc.publish(reply, chunk);
        if (left > 0) return;
        subscription.unsubscribe();
        nc.publish(reply);
      };
      const subscription = nc.subscribe(`${reply}.credit`, {
        callback: (_, granted) => {
          credit += Number(granted.string());
          send();
        },
      });
      send();
    },
  });
}

export async function readRawBulk(nc: NatsConnection, total: number, chunkBytes: number): Promise<void> {
  const half = WINDOW_BYTES / chunkBytes / 2;
  const inbox = createInbox();
  const { promise, resolve } = Promise.withResolvers<void>();
  let got = 0;
  const subscription = nc.subscribe(inbox, {
    callback: () => {
      if (got++ === total) resolve();
      else if (got % half === 0) nc.publish(`${inbox}.credit`, String(half));
    },
  });
  nc.publish(subjectOf(chunkBytes), String(total), { reply: inbox });
  await promise;
  subscription.unsubscribe();
}
