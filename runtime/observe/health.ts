/** What `/health`, `/ready` and `/metrics` say about a node; serving it over HTTP is the command line's job. */
import type { Node, NodeInspection } from "../node.ts";
import type { Metrics } from "./metrics.ts";

export interface HealthPage {
  status: 200 | 503;
  body: { node: string; state: NodeInspection["state"]; reason?: string };
}

/** Alive: the process should not be restarted. Only a failed or stopped node is not. */
export function health(node: Pick<Node, "inspect">): HealthPage {
  const { name, state, failure } = node.inspect();
  if (failure !== undefined) return { status: 503, body: { node: name, state, reason: failure } };
  return { status: state === "stopped" ? 503 : 200, body: { node: name, state } };
}

/** Ready: work may be sent here. Not while it starts, drains, or after it failed. */
export function readiness(node: Pick<Node, "inspect">): HealthPage {
  const page = health(node);
  return page.body.state === "ready" ? page : { ...page, status: 503 };
}

export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Prometheus text, with the sums over the node's actors as they are now. */
export async function metricsPage(node: Pick<Node, "inspect"> & { metrics: Metrics }): Promise<string> {
  const { actors, state } = node.inspect();
  const total = (pick: (actor: (typeof actors)[number]) => number) =>
    actors.reduce((sum, actor) => sum + pick(actor), 0);
  node.metrics.gauge("orrery_node_ready", state === "ready" ? 1 : 0);
  node.metrics.gauge("orrery_actors", actors.length);
  node.metrics.gauge(
    "orrery_actor_mailbox_messages",
    total((actor) => actor.mailbox),
  );
  node.metrics.gauge(
    "orrery_actor_turns",
    total((actor) => actor.processed),
  );
  node.metrics.gauge(
    "orrery_actor_restarts",
    total((actor) => actor.restarts),
  );
  return node.metrics.render();
}
