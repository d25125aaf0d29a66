/** What services promise over every transport, as specifications. */
import { afterAll, afterEach, beforeAll, describe } from "bun:test";
import { createServices } from "../../runtime/create-services.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createMetrics } from "../../runtime/observe/prometheus.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import type { Served } from "../../runtime/services.ts";
import type { TransportHarness } from "./harness.ts";
import type { Party, ServiceBench } from "./service-bench.ts";
import { specifyEvents } from "./services-events.ts";
import { specifyServiceJobs } from "./services-jobs.ts";
import { specifyKilledReaders } from "./services-killed-readers.ts";
import { specifyServiceRequests } from "./services-requests.ts";
import { specifyStreams } from "./services-streams.ts";
import { specifyVersions } from "./services-versions.ts";

export function servicesContract(name: string, make: () => Promise<TransportHarness>): void {
  describe(`services over ${name}`, () => {
    let harness: TransportHarness;
    let names = 0;
    let parties: Party[] = [];
    let served: Served[] = [];
    const bench: ServiceBench = {
      get harness() {
        return harness;
      },
      freshName: () => `contract-${++names}`,
      async serving(pending) {
        const one = await pending;
        served.push(one);
        return one;
      },
      async party(name) {
        const transport = await harness.connect(name);
        const metrics = createMetrics();
        const { clock, net } = harness;
        const services = createServices({
          transport,
          clock,
          net,
          node: name,
          rng: createSystemRng(),
          log: silent,
          metrics,
        });
        const party = { name, services, transport, metrics };
        parties.push(party);
        return party;
      },
    };
    beforeAll(async () => {
      harness = await make();
    });
    afterEach(async () => {
      await Promise.allSettled(served.map((one) => one.drain({ deadline: harness.clock.now() })));
      for (const { services } of parties) services.close();
      await Promise.all(parties.map(({ transport }) => transport.close()));
      parties = [];
      served = [];
    });
    afterAll(() => harness.close());

    describe("requests", () => specifyServiceRequests(bench));
    describe("streams", () => specifyStreams(bench));
    describe("readers that were killed", () => specifyKilledReaders(bench));
    describe("events", () => specifyEvents(bench));
    describe("jobs", () => specifyServiceJobs(bench));
    describe("versions", () => specifyVersions(bench));
  });
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
