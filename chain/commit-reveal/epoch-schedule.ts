/** When a subnet's epochs run, by the state that the chain keeps of them (subtensor at spec 424, `run_coinbase`). */
import { Failure } from "../../protocol/failure.ts";

/** Read at one block. */
export interface EpochSchedule {
  /** The block that it was read at. */
  block: number;
  /** 0: the subnet has no epochs. */
  tempo: number;
  lastEpochBlock: number;
  /** An epoch that the owner asked for; 0 for none. */
  pendingEpochAt: number;
  /** Epochs that ran so far. */
  epochIndex: number;
  blocksSinceLastStep: number;
}

/** Blocks without a step after which an epoch is due whatever else; no tempo is longer. */
const LONGEST_PAUSE = 50_400;

/** The first block after `schedule.block` at whose beginning an epoch runs, were none put off. Fails with `refused` at tempo 0. */
export function nextEpochBlock(schedule: EpochSchedule): number {
  const { block, tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep } = schedule;
  if (tempo === 0) {
    throw new Failure("refused", "this subnet runs no epochs", {
      meta: { tempo },
      hint: "Its owner has to set a tempo first.",
    });
  }
  if (blocksSinceLastStep > LONGEST_PAUSE) return block + 1;
  const due = pendingEpochAt > 0 ? Math.min(lastEpochBlock + tempo, pendingEpochAt) : lastEpochBlock + tempo;
  return Math.max(due, block + 1);
}

/** The epoch that a commit made in block `schedule.block + 1` counts to: epochs run before extrinsics. */
export function commitEpoch(schedule: EpochSchedule): number {
  const { epochIndex, block } = schedule;
  return nextEpochBlock(schedule) === block + 1 ? epochIndex + 1 : epochIndex;
}

/** The blocks in which a commit of epoch `epoch` may be revealed: from `first` until before `end`. */
export interface RevealWindow {
  first: number;
  end: number;
}

/** Where the epoch numbered `epoch` begins and the next one does, as far as the schedule tells now. */
export function epochWindow(schedule: EpochSchedule, epoch: number): RevealWindow {
  const { epochIndex, tempo, lastEpochBlock } = schedule;
  if (epoch <= epochIndex) {
    const end = epoch === epochIndex ? nextEpochBlock(schedule) : lastEpochBlock;
    return { first: epoch === epochIndex ? lastEpochBlock : Math.max(0, lastEpochBlock - tempo), end };
  }
  const first = nextEpochBlock(schedule) + (epoch - epochIndex - 1) * tempo;
  return { first, end: first + tempo };
}
