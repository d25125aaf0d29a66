import { describe } from "bun:test";
import { transportContract } from "../../../test/contract/transport.ts";
import { natsHarness, SERVERS } from "./test-support.ts";

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(which, () => {
    transportContract("nats", () => natsHarness(binary));
  });
}
