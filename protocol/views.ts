/** What the gateway's HTTP API answers, and the dashboard reads. */
import { z } from "zod";
import { BlobRef } from "./blob.ts";
import { Hotkey, Timestamp, Uid } from "./ids.ts";
import { Outcome } from "./outcome.ts";
import { NodeReport } from "./services/node.ts";
import { OutcomeCounts } from "./standing.ts";
import { WeightVector } from "./weights.ts";

const Count = z.number().int().nonnegative();

export const MinerView = z.object({
  uid: Uid,
  hotkey: Hotkey,
  /** A name for people, where one is known. */
  name: z.string().max(64).nullable(),
  rounds: Count,
  jobs: Count,
  accuracy: z.number(),
  reward: z.number(),
  outcomes: OutcomeCounts,
  /** Share of the last weights set, 0 to 1. */
  weight: z.number(),
  /** Scores of the round that is open, not yet part of the standing. */
  open: z.object({ jobs: Count, accuracy: z.number() }).nullable(),
});
export type MinerView = z.infer<typeof MinerView>;

export const JobView = z.object({
  round: Count,
  task: z.string().max(128),
  kind: z.string().max(64),
  submission: z.string().max(128),
  attempt: Count,
  uid: Uid,
  outcome: Outcome,
  accuracy: z.number().nullable(),
  reward: z.number().nullable(),
  /** Mechanism-specific breakdown, or why it was not judged. */
  detail: z.json().nullable(),
  evidence: BlobRef.nullable(),
  at: Timestamp,
});
export type JobView = z.infer<typeof JobView>;

export const RoundView = z.object({
  round: Count,
  openedAt: Timestamp,
  closedAt: Timestamp.nullable(),
  tasks: Count,
  miners: Count,
  /** Jobs concluded so far. */
  jobs: Count,
  outcomes: OutcomeCounts,
});
export type RoundView = z.infer<typeof RoundView>;

export const WeightsView = z.object({
  epoch: Count,
  round: Count,
  at: Timestamp,
  /** `decided` until the chain answered. */
  state: z.enum(["decided", "set", "refused"]),
  reason: z.string().max(1_000).nullable(),
  block: Count.nullable(),
  vector: WeightVector.nullable(),
});
export type WeightsView = z.infer<typeof WeightsView>;

export const Overview = z.object({
  subnet: z.object({ name: z.string(), version: Count, summary: z.string() }),
  net: z.string(),
  at: Timestamp,
  round: RoundView.nullable(),
  outcomes: OutcomeCounts,
  weights: WeightsView.nullable(),
  ledger: z.object({ events: Count, head: z.string() }),
});
export type Overview = z.infer<typeof Overview>;

/** Everything a dashboard shows at once; pushed whole over server-sent events when something changed. */
export const Snapshot = z.object({
  overview: Overview,
  miners: z.array(MinerView).max(4_096),
  rounds: z.array(RoundView).max(100),
  weights: z.array(WeightsView).max(100),
  nodes: z.array(NodeReport).max(1_024),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const MinerPage = z.object({ miner: MinerView, jobs: z.array(JobView).max(200) });
export type MinerPage = z.infer<typeof MinerPage>;
