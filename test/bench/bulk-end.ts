/** The serving end of the bulk streams, raw and ours, in a process of its own: `bulk-end.ts URL`. Ends with its input. */

import { connect } from "@nats-io/transport-node";
import { implement } from "../../protocol/service.ts";
import { Bulk, benchNode, CHUNK_BYTES } from "./bench-node.ts";
import { serveRawBulk } from "./raw-bulk.ts";

const url = process.argv[2]!;
const nc = await connect({ servers: url, noAsyncTraces: true });
serveRawBulk(nc, CHUNK_BYTES);
await nc.flush();
const node = await benchNode(url, "bulk");
const chunk = new Uint8Array(CHUNK_BYTES).fill(7);
await node.serve(
  implement(Bulk, {
    async *read({ chunks }) {
      for (let n = 0; n < chunks; n++) yield chunk;
    },
  }),
);
console.log("ready");
for await (const _ of Bun.stdin.stream()) {
  // Nothing is said: the end of the input is the end of the bench.
}
process.exit(0);
