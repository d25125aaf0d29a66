/** Nodes by their latest heartbeat. One that fell silent stays for a while, so that its silence is seen. */
import type { NodeReport } from "../../protocol/services/node.ts";
import { MAX_NODES_SHOWN, type NodeView } from "../../protocol/views.ts";
import type { Clock } from "../../runtime/ports/index.ts";

const SILENT_SHOWN_MS = 60 * 60_000;
const STOPPED_SHOWN_MS = 60_000;

export interface NodesHeard {
  hear(report: NodeReport): void;
  /** By name. */
  views(): NodeView[];
}

export function createNodesHeard(clock: Pick<Clock, "now">, limit = MAX_NODES_SHOWN): NodesHeard {
  /** In order of their last heartbeat. */
  const nodes = new Map<string, NodeView>();
  return {
    hear(report) {
      nodes.delete(report.node);
      // A reporter's clock may be wrong: silence is measured with ours.
      nodes.set(report.node, { ...report, heardAt: clock.now() });
      const [longestSilent] = nodes.keys();
      if (nodes.size > limit && longestSilent !== undefined) nodes.delete(longestSilent);
    },
    views() {
      const now = clock.now();
      for (const [name, { heardAt, state }] of nodes) {
        if (now - heardAt > (state === "stopped" ? STOPPED_SHOWN_MS : SILENT_SHOWN_MS)) nodes.delete(name);
      }
      return [...nodes.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
    },
  };
}
