/** The serving end of the bulk streams, raw and ours, in a process of its own: `bulk-end.ts URL`. Ends with its input. */

import { connect } from "@nats-io/transport-node";
import { implement } from "../../protocol/service.ts";
import { ByteStream } from "../../runtime/byte-stream.ts";
import { PIECE_BYTES } from "../../runtime/services/stream-window.ts";
import { Bulk, benchNode, CHUNK_BYTES } from "./bench-node.ts";
import { serveRawBulk } from "./raw-bulk.ts";

const url = process.argv[2]!;
const nc = await connect({ servers: url, noAsyncTraces: true });
for (const bytes of [CHUNK_BYTES, PIECE_BYTES]) serveRawBulk(nc, bytes);
await nc.flush();
const node = await benchNode(url, "bulk");
const chunk = new Uint8Array(CHUNK_BYTES).fill(7);

async function* repeated(chunks: number) {
  for (let n = 0; n < chunks; n++) yield chunk;
}

/** A store knows the digest of what it streams, since when it was put there. */
const digests = new Map<number, string>();
function digestOf(chunks: number): string {
  let sha256 = digests.get(chunks);
  if (sha256 === undefined) {
    const hash = new Bun.CryptoHasher("sha256");
    for (let n = 0; n < chunks; n++) hash.update(chunk);
    digests.set(chunks, (sha256 = hash.digest("hex")));
  }
  return sha256;
}

await node.serve(
  implement(Bulk, {
    read: ({ chunks }) =>
      new ByteStream(repeated(chunks), { sha256: digestOf(chunks), size: chunks * CHUNK_BYTES }),
  }),
);
console.log("ready");
for await (const _ of Bun.stdin.stream()) {
  // Nothing is said: the end of the input is the end of the bench.
}
process.exit(0);
