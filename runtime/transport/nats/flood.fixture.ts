/** A process of its own that publishes faster than a standing reader takes: 64 MiB in 16 KiB messages. */
import { connect } from "@nats-io/transport-node";

const nc = await connect({ servers: process.argv[2] ?? "" });
const data = new Uint8Array(16 * 1024);
for (let round = 0; round < 64; round++) {
  for (let n = 0; n < 64; n++) nc.publish("orr.test.flood", data);
  await nc.flush();
}
await nc.close();
