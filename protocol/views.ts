/** What the gateway's HTTP API answers, and the dashboard reads. */
import { z } from "zod";
import { BlobRef } from "./blob.ts";
import { Evidence } from "./evidence.ts";
import { FailureCode, FailureOwner } from "./failure.ts";
import { boundedRecord, Hotkey, Sha256, Timestamp, Uid } from "./ids.ts";
import { Outcome } from "./outcome.ts";
import { RECENT_STEPS } from "./recent-steps.ts";
import { WeightMethod } from "./records.ts";
import { ModelReport, ModelWork } from "./services/model.ts";
import { NodeReport } from "./services/node.ts";
import { OutcomeCounts } from "./standing.ts";

const Count = z.number().int().nonnegative();
const Share = z.number().min(0).max(1);

export const MinerView = z.object({
  uid: Uid,
  hotkey: Hotkey,
  /** A name for people, where one is known. */
  name: z.string().max(64).nullable(),
  /** Whether the latest round has it: `absent` was not reached or had nothing to hand in, `gone` is not registered any more. */
  presence: z.enum(["here", "absent", "gone"]),
  rounds: Count,
  jobs: Count,
  accuracy: Share,
  reward: Share,
  outcomes: OutcomeCounts,
  /** Share of the last weights set. */
  weight: Share,
  /** Scores of the round that is open, not yet part of the standing. */
  open: z.object({ jobs: Count, accuracy: Share }).nullable(),
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
  accuracy: Share.nullable(),
  reward: Share.nullable(),
  /** Mechanism-specific breakdown, or why it was not judged. Long ones are clipped. */
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
  /** Jobs that the round holds: tasks of all miners, less those of absent ones. */
  planned: Count,
  /** Jobs with a conclusion, however often they were tried. */
  concluded: Count,
  /** Attempts by outcome. */
  outcomes: OutcomeCounts,
});
export type RoundView = z.infer<typeof RoundView>;

/** Most shares that a weight set shows one by one. */
export const SHOWN_SHARES = 16;

/** Most steps of one weight set that are shown; the latest are. */
export const MAX_JOURNEY_SHOWN = 24;

export const WeightsView = z.object({
  epoch: Count,
  round: Count,
  at: Timestamp,
  /** `sent` until the chain answered; `committed` where the chain has them and will know them later. */
  state: z.enum(["decided", "sent", "committed", "set", "refused"]),
  reason: z.string().max(1_000).nullable(),
  block: Count.nullable(),
  /** How they went to the chain; null before they did. */
  method: WeightMethod.nullable(),
  /** What happened to them on the way, in order. */
  journey: z.array(z.object({ at: Timestamp, what: z.string().max(1_200) })).max(MAX_JOURNEY_SHOWN),
  /** Miners with a weight. */
  miners: Count,
  /** The largest shares, largest first. */
  shares: z.array(z.object({ uid: Uid, share: Share })).max(SHOWN_SHARES),
});
export type WeightsView = z.infer<typeof WeightsView>;

/** A neuron as the chain's last epoch left it. */
export const NeuronView = z.object({
  uid: Uid,
  hotkey: Hotkey,
  name: z.string().max(64).nullable(),
  /** TAO or the subnet's own token, whole. */
  stake: z.number().nonnegative(),
  validatorPermit: z.boolean(),
  lastUpdate: Count,
  incentive: Share,
  dividends: Share,
  validatorTrust: Share,
  /** Of the subnet's token, an epoch. */
  emission: z.number().nonnegative(),
});
export type NeuronView = z.infer<typeof NeuronView>;

/** Who gains and who loses in the next epoch if it ran now, and why. */
export const ForecastView = z.object({
  uid: Uid,
  role: z.enum(["validator", "miner"]),
  /** Of the subnet's token: what it gets, and what its stake or the plain mean of weights would give. */
  gets: z.number().nonnegative(),
  expected: z.number().nonnegative(),
  why: z.string().max(1_000),
});
export type ForecastView = z.infer<typeof ForecastView>;

export const MAX_NEURONS_SHOWN = 1_024;

export const OnChainView = z.object({
  netuid: Count,
  block: Count,
  /** The most paid first. */
  neurons: z.array(NeuronView).max(MAX_NEURONS_SHOWN),
  /** Empty where the chain's consensus cannot be recomputed. */
  forecast: z.array(ForecastView).max(2 * MAX_NEURONS_SHOWN),
});
export type OnChainView = z.infer<typeof OnChainView>;

/** A node as last heard of; `heardAt` is by the gateway's clock. */
export const NodeView = NodeReport.extend({ heardAt: Timestamp });
export type NodeView = z.infer<typeof NodeView>;

/** A model actor as last heard of; `heardAt` is by the gateway's clock. */
export const ModelView = ModelReport.omit({ at: true, work: true }).extend({
  /** Null of an actor that does not tell. */
  work: ModelWork.nullable(),
  /** Tokens given per second, oldest first. */
  recent: z.array(z.number().nonnegative()).max(RECENT_STEPS),
  heardAt: Timestamp,
});
export type ModelView = z.infer<typeof ModelView>;

export const Overview = z.object({
  subnet: z.object({ name: z.string().max(64), version: Count, summary: z.string().max(1_000) }),
  net: z.string().max(64),
  at: Timestamp,
  /** True while the gateway still reads what was recorded before it started. */
  catchingUp: z.boolean(),
  round: RoundView.nullable(),
  /** Attempts by outcome, over all rounds. */
  outcomes: OutcomeCounts,
  weights: WeightsView.nullable(),
  /** The last event of this subnet: its position in the ledger, and its hash. */
  ledger: z.object({ seq: Count, hash: Sha256 }),
});
export type Overview = z.infer<typeof Overview>;

export const MAX_MINERS_SHOWN = 4_096;
export const MAX_NODES_SHOWN = 1_024;
export const MAX_MODELS_SHOWN = 256;
export const MAX_HISTORY_SHOWN = 50;

const Miners = z.array(MinerView).max(MAX_MINERS_SHOWN);
const Rounds = z.array(RoundView).max(MAX_HISTORY_SHOWN);
const WeightSets = z.array(WeightsView).max(MAX_HISTORY_SHOWN);
const NodeViews = z.array(NodeView).max(MAX_NODES_SHOWN);
const ModelViews = z.array(ModelView).max(MAX_MODELS_SHOWN);

/** Everything a dashboard shows at once; pushed whole over server-sent events when something changed. */
export const Snapshot = z.object({
  overview: Overview,
  miners: Miners,
  rounds: Rounds,
  weights: WeightSets,
  nodes: NodeViews,
  models: ModelViews,
  /** Null before the chain was asked, and where it runs no consensus. */
  chain: OnChainView.nullable(),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** The parts of a snapshot, each with a path of its own. */
export const SNAPSHOT_PARTS = {
  miners: Miners,
  rounds: Rounds,
  weights: WeightSets,
  nodes: NodeViews,
  models: ModelViews,
  chain: OnChainView.nullable(),
};

export const MAX_JOBS_SHOWN = 100;
export const MinerPage = z.object({ miner: MinerView, jobs: z.array(JobView).max(MAX_JOBS_SHOWN) });
export type MinerPage = z.infer<typeof MinerPage>;

/** Evidence for people: `clipped` when long texts and lists were shortened; the blob itself is whole. */
export const EvidenceView = z.object({ sha256: Sha256, clipped: z.boolean(), evidence: Evidence });
export type EvidenceView = z.infer<typeof EvidenceView>;

/** What every refused or failed request is answered with. */
export const ApiError = z.object({
  error: z.object({
    code: FailureCode,
    message: z.string().max(1_000),
    retryable: z.boolean(),
    owner: FailureOwner,
    hint: z.string().max(1_000).optional(),
    retryAfterMs: Count.optional(),
    meta: boundedRecord(
      z.string().max(64),
      z.union([z.string().max(1_000), z.number(), z.boolean(), z.null()]),
      32,
    ).optional(),
  }),
});
export type ApiError = z.infer<typeof ApiError>;
