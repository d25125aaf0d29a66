/**
 * Yuma consensus: one epoch of one mechanism, bit for bit as subtensor computes it at spec 424
 * (`pallets/subtensor/src/epoch/run_epoch.rs`, `epoch_mechanism`, tag v3.4.9-424).
 */
import { Failure } from "../../protocol/failure.ts";
import { activeUids } from "./activity.ts";
import { classicBonds, yuma3Bonds } from "./bonds.ts";
import { emissionOf } from "./emission.ts";
import type { EpochInput, EpochOutput } from "./epoch-input.ts";
import { fromU16, MAX_UIDS, multiply, normalise, toU16 } from "./fixed-point.ts";
import { consensusOf } from "./median.ts";
import { rowSums, type Sparse } from "./sparse.ts";
import { newPermits, stakeShares } from "./stake.ts";
import { clipAt, countedWeights, weightsForBonds } from "./weights.ts";

/** Runs one epoch. Fails with `malformed` above 4,096 uids or 2⁶³ rao of stake, where the arithmetic would not be exact. */
export function runEpoch(input: EpochInput): EpochOutput {
  checkBounds(input);
  const { n, ownerUid } = input;
  const permits = Array.from({ length: n }, (_, uid) => uid === ownerUid || input.permits[uid] === true);
  const active = activeUids(input.lastUpdate, input.activityCutoff, input.block);
  const stake = stakeShares(input);
  const activeStake = normalise(stake.map((share, uid) => (votes(uid, active, permits) ? share : 0)));

  const weights = countedWeights(input, permits);
  const consensus = consensusOf(activeStake, weights, n, fromU16(input.kappa));
  const clipped = clipAt(weights, consensus);
  const incentive = normalise(ranks(clipped, activeStake, n));

  const bonding = {
    input,
    weights: weightsForBonds(weights, clipped, fromU16(input.bondsPenalty), n),
    consensus,
    incentive,
    activeStake,
  };
  const { bonds, dividends } = input.yuma3 ? yuma3Bonds(bonding) : classicBonds(bonding);
  const granted = newPermits(stake, input.maxValidators, ownerUid);

  return {
    stakeWeight: stake,
    activeStake,
    consensus,
    incentive,
    dividends,
    validatorTrust: rowSums(clipped),
    active: Array.from({ length: n }, (_, uid) => active[uid] === true),
    permits: granted,
    bonds: storedBonds(bonds, granted),
    ...emissionOf({ incentive, dividends, stake, activeStake, emissionRao: input.emissionRao }),
    weights,
    clipped,
  };
}

/** The chain masks nobody when it has no update block at all, and whoever lies beyond a vector that is too short. */
const votes = (uid: number, active: readonly boolean[], permits: readonly boolean[]): boolean =>
  (active.length === 0 || active[uid] === true) && permits[uid] === true;

/** Clipped weight times stake, per uid. */
function ranks(clipped: Sparse, stake: Float64Array, n: number): Float64Array {
  const ranked = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (let at = clipped.starts[i]!; at < clipped.starts[i + 1]!; at++)
      ranked[clipped.columns[at]!]! += multiply(clipped.values[at]!, stake[i]!);
  return ranked;
}

function storedBonds({ starts, columns, values }: Sparse, permits: readonly boolean[]): [number, number][][] {
  return permits.map((permit, uid) =>
    permit
      ? Array.from(columns.subarray(starts[uid], starts[uid + 1]), (column, at): [number, number] => [
          column,
          toU16(values[starts[uid]! + at]!),
        ])
      : [],
  );
}

function checkBounds({ n, bondsMovingAverage }: EpochInput): void {
  if (!Number.isInteger(n) || n < 0 || n > MAX_UIDS) {
    throw new Failure("malformed", `an epoch takes at most ${MAX_UIDS} uids`, { meta: { n } });
  }
  if (!(bondsMovingAverage >= 0 && bondsMovingAverage <= 1_000_000)) {
    throw new Failure("malformed", "the bonds' moving average is a number of millionths", {
      meta: { bondsMovingAverage },
      hint: "Above 1,000,000 the chain's alpha would be negative.",
    });
  }
}
