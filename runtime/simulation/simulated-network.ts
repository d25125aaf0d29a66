/** A memory network with faults between its nodes. */
import type { Clock, Rng } from "../ports/index.ts";
import { createMemoryNetwork, type MemoryNetwork } from "../transport/memory.ts";
import type { MemoryConnection } from "../transport/memory-connection.ts";
import type { EventLog } from "./event-log.ts";
import { Faults } from "./faults.ts";

export class SimulatedNetwork extends Faults {
  readonly #network: MemoryNetwork;

  constructor(options: { clock: Clock; rng: Rng; log: EventLog; maxPayload?: number }) {
    const { clock, rng, log, maxPayload } = options;
    super(clock, rng, (verb, detail) => log.add({ fault: verb, ...detail }));
    this.#network = createMemoryNetwork({
      clock,
      ...(maxPayload === undefined ? {} : { maxPayload }),
      link: (from, to, data, deliver) => {
        log.message(from, to, data.byteLength);
        this.carry(from, to, data, deliver);
      },
    });
  }

  connect(name: string, clock: Clock): MemoryConnection {
    return this.#network.connect({ name, clock });
  }
}
