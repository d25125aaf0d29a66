/** The contract of every transport, as specifications. Both implementations run it whole. */
import { afterAll, afterEach, beforeAll, describe } from "bun:test";
import type { Transport } from "../../runtime/transport/transport.ts";
import type { Bench, TransportHarness } from "./harness.ts";
import { specifyDeadLetters } from "./transport-dead-letters.ts";
import { specifyJobs } from "./transport-jobs.ts";
import { specifyKeyValue } from "./transport-kv.ts";
import { specifyMessages } from "./transport-messages.ts";
import { specifyRequests } from "./transport-requests.ts";

export function transportContract(name: string, make: () => Promise<TransportHarness>): void {
  describe(`${name} keeps the transport contract`, () => {
    let harness: TransportHarness;
    let connections: Transport[] = [];
    let subjects = 0;
    const bench: Bench = {
      get harness() {
        return harness;
      },
      async connect(name = "node") {
        const transport = await harness.connect(name);
        connections.push(transport);
        return transport;
      },
      subject: () => `orr.${harness.net}.contract.v1.m${++subjects}`,
    };
    beforeAll(async () => {
      harness = await make();
    });
    afterEach(async () => {
      await Promise.all(connections.map((transport) => transport.close()));
      connections = [];
    });
    afterAll(() => harness.close());

    describe("messages", () => specifyMessages(bench));
    describe("requests", () => specifyRequests(bench));
    describe("jobs", () => specifyJobs(bench));
    describe("dead letters", () => specifyDeadLetters(bench));
    describe("key-value", () => specifyKeyValue(bench));
  });
}
