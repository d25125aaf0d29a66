import { describe } from "bun:test";
import { servicesContract } from "../../../test/contract/services.ts";
import { natsHarness, SERVERS } from "./test-support.ts";

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(which, () => {
    servicesContract("nats", () => natsHarness(binary));
  });
}
