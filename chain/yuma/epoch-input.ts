/** What one epoch of one mechanism reads from the chain, and what it gives. */
import type { Row, Sparse } from "./sparse.ts";

export interface EpochInput {
  n: number;
  block: number;
  tempo: number;
  /** `LastMechansimStepBlock`; 0 when no epoch has run. */
  lastMechanismStep: number;
  /** Stake weight of each uid, I64F64 raw bits (rao × 2⁶⁴); see `stakeWeight`. Its sum must stay below 2⁶³ rao. */
  stake: readonly bigint[];
  /** Whole rao below which a uid counts as without stake, unless it is the owner. */
  stakeThreshold: bigint;
  /** Block of the last weights of each uid; the chain tolerates another length than n, so it does here. */
  lastUpdate: readonly number[];
  registeredAt: readonly number[];
  /** `ValidatorPermit` as stored before this epoch. */
  permits: readonly boolean[];
  maxValidators: number;
  /** Rows as stored: u16, in the order in which the validator sent them. */
  weights: readonly Row[];
  bonds: readonly Row[];
  /** u16 shares of 65,535, as stored. */
  kappa: number;
  bondsPenalty: number;
  /** Millionths. */
  bondsMovingAverage: number;
  yuma3: boolean;
  liquidAlpha: boolean;
  /** u16 shares of 65,535, as stored. */
  alphaLow: number;
  alphaHigh: number;
  /** i16 hundredths, as stored. */
  alphaSteepness: number;
  /** Blocks. */
  activityCutoff: number;
  ownerUid: number | null;
  /**
   * With commit-reveal on: block of the earliest live commit of each uid, null without one. Weights toward a uid that
   * registered after it do not count. Leave out with commit-reveal off.
   */
  commitBlocks?: readonly (number | null)[] | undefined;
  emissionRao: bigint;
}

export interface EpochOutput {
  /** Raw I32F32, one a uid. */
  stakeWeight: Float64Array;
  activeStake: Float64Array;
  consensus: Float64Array;
  incentive: Float64Array;
  dividends: Float64Array;
  validatorTrust: Float64Array;
  active: boolean[];
  /** New permits. */
  permits: boolean[];
  /** Rows as stored; empty without a new permit. */
  bonds: [uid: number, share: number][][];
  /** Rao. */
  serverEmission: bigint[];
  validatorEmission: bigint[];
  combinedEmission: bigint[];
  /** Weights that counted, rows normalised, before and after clipping at consensus: what `explain` reads. */
  weights: Sparse;
  clipped: Sparse;
}
