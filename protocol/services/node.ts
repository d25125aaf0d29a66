import { z } from "zod";
import { boundedRecord, Timestamp } from "../ids.ts";
import { ROLES, Role } from "../role.ts";
import { event, service } from "../service.ts";

export const NodeReport = z.object({
  node: z.string().max(128),
  roles: z.array(Role).max(16),
  version: z.string().max(64),
  startedAt: Timestamp,
  at: Timestamp,
  state: z.enum(["starting", "ready", "draining", "stopped"]),
  /** Counters worth a look: mailbox depth, jobs, dead letters, resident bytes. */
  gauges: boundedRecord(z.string().max(64), z.number(), 256),
});
export type NodeReport = z.infer<typeof NodeReport>;

const judges = ROLES.filter((role) => role !== "miner");

/** Every node says it is alive; the gateway shows it. */
export const Nodes = service(
  "nodes",
  1,
  { servedBy: judges, summary: "Presence and health of the operator's nodes." },
  { report: event(NodeReport, { calledBy: ["gateway"], summary: "Heartbeat with state and gauges." }) },
);
