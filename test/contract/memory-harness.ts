/** The memory transport on a virtual clock: waits of the suites cost no time. */
import { VirtualClock } from "../../runtime/simulation/virtual-clock.ts";
import { createMemoryNetwork } from "../../runtime/transport/memory.ts";
import type { MemoryConnection } from "../../runtime/transport/memory-connection.ts";
import type { TransportHarness } from "./harness.ts";

export async function memoryHarness(): Promise<TransportHarness> {
  const clock = new VirtualClock();
  const stop = clock.flow();
  const network = createMemoryNetwork({ clock });
  return {
    net: "test",
    clock,
    connect: async (name) => network.connect({ name }),
    kill: async (transport) => (transport as MemoryConnection).kill(),
    close: async () => stop(),
  };
}
