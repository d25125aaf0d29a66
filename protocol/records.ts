/** What the ledger records: the body of each type of event. Everything shown or paid is a fold of these. */
import { z } from "zod";
import { Hotkey, Id, Name, Sha256, Timestamp, Uid } from "./ids.ts";
import { Conclusion } from "./services/scorer.ts";
import { Submission } from "./submission.ts";
import { WeightEvidence } from "./weights.ts";

const Round = z.number().int().nonnegative();

export const RoundOpened = z.object({
  round: Round,
  /** Chain block whose hash seeds the round. */
  block: z.number().int().nonnegative(),
  seed: z.string().max(80),
  mechanism: z.object({ name: Name, version: z.number().int().positive() }),
  /** Digests fix both parts of every task before any miner is asked. */
  tasks: z.array(z.object({ id: Id, kind: Name, public: Sha256, sealed: Sha256 })).max(512),
  /** Bounded so that the whole record fits into a ledger event. */
  miners: z.array(z.object({ uid: Uid, hotkey: Hotkey })).max(1_024),
});
export type RoundOpened = z.infer<typeof RoundOpened>;

export const SubmissionAccepted = z.object({ kind: Name, submission: Submission });
export type SubmissionAccepted = z.infer<typeof SubmissionAccepted>;

/** A registered miner that could not be reached, or had nothing to hand in. */
export const MinerAbsent = z.object({
  round: Round,
  kind: Name,
  uid: Uid,
  hotkey: Hotkey,
  reason: z.string().max(1_000),
});
export type MinerAbsent = z.infer<typeof MinerAbsent>;

export const RoundClosed = z.object({
  round: Round,
  judged: z.number().int().nonnegative(),
  /** Jobs given up for reasons that are not the miner's. */
  unjudged: z.number().int().nonnegative(),
  at: Timestamp,
});
export type RoundClosed = z.infer<typeof RoundClosed>;

/** A weight set was decided; its submission to the chain is an effect of this event. */
export const WeightsDecided = WeightEvidence;

export const WeightsSet = z.object({
  epoch: z.number().int().nonnegative(),
  round: Round,
  block: z.number().int().nonnegative(),
  hash: z.string().max(80),
});
export type WeightsSet = z.infer<typeof WeightsSet>;

/** Why an epoch got no weights: nothing to weigh, or what the chain said. */
export const WeightsRefused = z.object({
  epoch: z.number().int().nonnegative(),
  round: Round,
  reason: z.string().max(1_000),
});
export type WeightsRefused = z.infer<typeof WeightsRefused>;

/** Event type to body. The key of each is unique within its type, so that recording twice changes nothing. */
export const RECORDS = {
  "round.opened": RoundOpened,
  "submission.accepted": SubmissionAccepted,
  "miner.absent": MinerAbsent,
  "job.concluded": Conclusion,
  "round.closed": RoundClosed,
  "weights.decided": WeightsDecided,
  "weights.set": WeightsSet,
  "weights.refused": WeightsRefused,
} as const;
export type RecordType = keyof typeof RECORDS;
export type RecordBody<T extends RecordType> = z.infer<(typeof RECORDS)[T]>;
