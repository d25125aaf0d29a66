import { describe, expect, test } from "bun:test";
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

    test("with a time to keep, the server removes a blob, and one put again in its second half stays", async () => {
      await using server = await NatsServer.start({ binary });
      const transport = await connectTo(server);
      const { clock } = transport.context;
      const keepMs = 4_000;
      const blobs = createJetStreamBlobs(transport, { keepMs });
      const [once, again] = [await blobs.put("once"), await blobs.put("again")];
      const since = clock.now();
      const untilAge = (ms: number) => clock.sleep(Math.max(0, since + ms - clock.now()));
      await untilAge(keepMs * 0.6);
      expect(await blobs.has(again)).toBe(true);
      await blobs.put("again");
      await untilAge(keepMs * 1.05);
      expect(await Promise.all([blobs.has(once), blobs.has(again)])).toEqual([false, true]);
      expect(new TextDecoder().decode(await blobs.get(again))).toBe("again");
      await blobs.put("once");
      expect(new TextDecoder().decode(await blobs.get(once))).toBe("once");
      // Two blobs of a part and a description each: the server lets go of the first ones.
      const jsm = await transport.context.jsm();
      const stored = async () => (await jsm.streams.info(`OBJ_${blobsBucket("test")}`)).state.messages;
      for (let tries = 0; tries < 100 && (await stored()) > 4; tries++) await clock.sleep(100);
      expect(await stored()).toBe(4);
      await transport.close();
    });
  });
}
