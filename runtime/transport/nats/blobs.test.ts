import { describe } from "bun:test";
import { Objm } from "@nats-io/obj";
import { blobsContract } from "../../../test/contract/blobs.ts";
import { NatsServer } from "../../launcher/nats-server.ts";
import { createJetStreamBlobs } from "./blobs.ts";
import { blobsBucket } from "./names.ts";
import { connectTo, SERVERS } from "./test-support.ts";

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(`blobs on ${which}`, () => {
    blobsContract("object store", async () => {
      const server = await NatsServer.start({ binary });
      const transport = await connectTo(server);
      return {
        blobs: createJetStreamBlobs(transport),
        async damage({ sha256, size }) {
          const store = await new Objm(transport.context.nc).open(blobsBucket("test"));
          await store.putBlob({ name: sha256 }, new Uint8Array(size).fill(7));
        },
        async [Symbol.asyncDispose]() {
          await transport.close();
          await server.stop();
        },
      };
    });
  });
}
