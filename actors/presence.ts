/** Every node says that it is alive, and how it does. */
import { Nodes } from "../protocol/services/node.ts";
import type { Node } from "../runtime/node.ts";

const PERIOD_MS = 2_000;

export function startPresence(node: Node, options: { version: string; residentBytes: () => number }): void {
  // A miner's credentials do not reach that far: it is no node of the operator.
  if (!node.roles.some((role) => Nodes.servedBy.includes(role))) return;
  const client = node.client(Nodes);
  const startedAt = node.clock.now();
  const report = () => {
    const { state, actors } = node.inspect();
    client.report.publish({
      node: node.name,
      roles: [...node.roles],
      version: options.version,
      startedAt,
      at: node.clock.now(),
      state,
      gauges: {
        residentBytes: options.residentBytes(),
        mailbox: actors.reduce((sum, actor) => sum + actor.mailbox, 0),
        processed: actors.reduce((sum, actor) => sum + actor.processed, 0),
        restarts: actors.reduce((sum, actor) => sum + actor.restarts, 0),
      },
    });
  };
  node.supervise("presence", async (signal) => {
    while (!signal.aborted) {
      report();
      await node.clock.sleep(PERIOD_MS, signal);
    }
  });
  node.onDrain("stop-accepting", "presence", async () => report());
}
