/** Rules of a subnet that would take weights now, to be changed by a test. */
import type { CommitRules, WeightRules } from "../../protocol/weight-setting.ts";

export const openRules = (change: Partial<WeightRules> = {}): WeightRules => ({
  ...{ block: 1_000, hash: "0x", at: 1_800_000_000_000, blockTimeMs: 12_000, epoch: 7, exists: true },
  ...{ neurons: 8, uid: 0, owner: false, permit: true, stakeRao: "2000", stakeThresholdRao: "1000" },
  ...{ versionKey: "0", minWeights: 1, maxWeight: 65_535, lastUpdate: 0, rateLimit: 100, commitReveal: null },
  ...change,
});

export const commitRules = (change: Partial<CommitRules> = {}): CommitRules => ({
  ...{ version: 4, revealPeriod: 1, open: 0 },
  schedule: {
    ...{ block: 1_000, tempo: 360, lastEpochBlock: 900, pendingEpochAt: 0, epochIndex: 7 },
    blocksSinceLastStep: 100,
  },
  beacon: {
    publicKey: `0x${"00".repeat(96)}`,
    ...{ periodMs: 3_000, genesisMs: 1_692_803_367_000, lastRound: 35_732_210 },
  },
  ...change,
});
