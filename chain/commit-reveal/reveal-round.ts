/** The beacon round that a weight commit is sealed to, so that the chain can open it in time and nobody earlier. */
import type { Beacon } from "../timelock/beacon.ts";
import { commitEpoch, type EpochSchedule, epochWindow } from "./epoch-schedule.ts";

export interface RevealRoundOptions {
  schedule: EpochSchedule;
  /** Epochs between commit and reveal. */
  revealPeriod: number;
  blockTimeMs: number;
  beacon: Pick<Beacon, "genesisMs" | "periodMs">;
  /** Milliseconds since the Unix epoch, when the head of the schedule was the head. */
  now: number;
}

/** Blocks of the reveal epoch that pass before the round is due, so that drift cannot make it open too early. */
const SECURITY_BLOCKS = 3;

/** Fewer in the short epochs of a devnet: the round has to be due well before the epoch ends. */
const securityBlocks = ({ tempo }: EpochSchedule): number => Math.min(SECURITY_BLOCKS, Math.floor(tempo / 3));

/**
 * The round, the epoch of the commit and the first block that the chain opens it in; for a commit in the next block.
 * As `generate_commit_v2` of bittensor-drand 2: the beacon's last round before that block and three more have passed.
 */
export function revealRound(options: RevealRoundOptions): { round: number; epoch: number; block: number } {
  const { schedule, revealPeriod, blockTimeMs, beacon, now } = options;
  const epoch = commitEpoch(schedule);
  const { first } = epochWindow(schedule, epoch + revealPeriod);
  const at = now + (first + securityBlocks(schedule) - schedule.block) * blockTimeMs;
  return {
    round: Math.max(1, Math.floor((at - beacon.genesisMs) / beacon.periodMs)),
    epoch,
    block: first,
  };
}
