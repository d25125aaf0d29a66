/** What the ledger records: the body of each type of event. Everything shown or paid is a fold of these. */
import { z } from "zod";
import { Hotkey, Id, Name, Sha256, Timestamp, Uid } from "./ids.ts";
import { Conclusion } from "./services/scorer.ts";
import { Submission } from "./submission.ts";
import { SignedCall, WeightRow } from "./weight-setting.ts";
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

const Epoch = z.number().int().nonnegative();
const Attempt = z.number().int().positive();
export const WeightMethod = z.enum(["set", "hash", "timelock"]);
export type WeightMethod = z.infer<typeof WeightMethod>;

/** A signed call that is about to be sent: on record first, so that after a crash the same bytes are looked for and sent. */
export const WeightsSent = z.object({
  epoch: Epoch,
  round: Round,
  attempt: Attempt,
  step: z.enum(["set", "commit", "reveal"]),
  method: WeightMethod,
  /** Why this method. */
  why: z.string().max(200),
  /** The validator's own uid. */
  uid: Uid,
  row: WeightRow,
  /** Who each uid of the row belonged to. */
  hotkeys: z.array(Hotkey).max(4_096),
  versionKey: z.string().regex(/^\d{1,20}$/),
  /** Of a hash commit: what it will be revealed with. */
  salt: z.array(z.number().int().min(0).max(65_535)).max(64).optional(),
  signed: SignedCall,
});
export type WeightsSent = z.infer<typeof WeightsSent>;

/** A sent call that came to nothing, and the chain's reason; another attempt may follow. */
export const WeightsFailed = z.object({
  epoch: Epoch,
  round: Round,
  attempt: Attempt,
  reason: z.string().max(1_000),
});
export type WeightsFailed = z.infer<typeof WeightsFailed>;

/** The chain holds a commit to the weights and will know them in a later epoch. */
export const WeightsCommitted = z.object({
  epoch: Epoch,
  round: Round,
  attempt: Attempt,
  method: WeightMethod,
  block: z.number().int().nonnegative(),
  hash: z.string().max(80),
  /** The subnet's epoch that the commit counts to, and the one that it is revealed in. */
  committedIn: Epoch,
  revealedIn: Epoch,
});
export type WeightsCommitted = z.infer<typeof WeightsCommitted>;

/** Read back from the chain after inclusion. */
export const WeightsSet = z.object({
  epoch: Epoch,
  round: Round,
  block: z.number().int().nonnegative(),
  hash: z.string().max(80),
  method: WeightMethod.optional(),
  /** Uids that went to another hotkey while the weights were on their way. */
  moved: z.array(Uid).max(4_096).optional(),
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
  "weights.sent": WeightsSent,
  "weights.failed": WeightsFailed,
  "weights.committed": WeightsCommitted,
  "weights.set": WeightsSet,
  "weights.refused": WeightsRefused,
} as const;
export type RecordType = keyof typeof RECORDS;
export type RecordBody<T extends RecordType> = z.infer<(typeof RECORDS)[T]>;
