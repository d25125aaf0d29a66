/** Who gains and who loses in an epoch, against what stake and plain means would give, and why. */
import type { EpochInput, EpochOutput } from "./epoch-input.ts";
import { fromU16, multiply, normalise, ONE } from "./fixed-point.ts";
import type { Sparse } from "./sparse.ts";

export interface Explanation {
  uid: number;
  /** As a validator or as a miner; a uid that is both has two. */
  role: "validator" | "miner";
  /** Rao it gets. */
  gets: bigint;
  /** Rao by stake (validators), or by the stake-weighted mean of all weights before clipping (miners). */
  expected: bigint;
  why: string;
}

/** One line a role of each uid that has a part in the epoch, by uid, validators first. */
export function explainEpoch(input: EpochInput, output: EpochOutput): Explanation[] {
  const validators: Explanation[] = [];
  const miners: Explanation[] = [];
  const means = meanWeights(output, input.n);
  const givers = giversOf(output, input.n);
  const largest = largestBonds(output, input.n);
  const given = output.validatorEmission.reduce((total, rao) => total + rao, 0n);
  const served = output.serverEmission.reduce((total, rao) => total + rao, 0n);
  for (let uid = 0; uid < input.n; uid++) {
    const rowed = (input.weights[uid]?.length ?? 0) > 0;
    if (rowed || output.validatorEmission[uid]! > 0n || input.permits[uid] === true) {
      validators.push({
        uid,
        role: "validator",
        gets: output.validatorEmission[uid]!,
        expected: part(output.activeStake[uid]!, given),
        why: validatorReason(uid, input, output, largest),
      });
    }
    if (means[uid]! > 0 || output.serverEmission[uid]! > 0n) {
      miners.push({
        uid,
        role: "miner",
        gets: output.serverEmission[uid]!,
        expected: part(means[uid]!, served),
        why: minerReason(uid, input, output, givers[uid]!),
      });
    }
  }
  return [...validators, ...miners];
}

const part = (share: number, rao: bigint): bigint => (BigInt(share) * rao) >> 32n;
const percent = (raw: number): string => `${Number(((raw / ONE) * 100).toPrecision(3))} %`;

function validatorReason(
  uid: number,
  input: EpochInput,
  output: EpochOutput,
  largest: readonly Largest[],
): string {
  const reasons: string[] = [];
  const counted = rowOf(output.weights, uid);
  const nothing = output.incentive.every((value) => value === 0);
  if (input.permits[uid] !== true && uid !== input.ownerUid)
    reasons.push("no permit: its weights do not count");
  else if (!output.active[uid])
    reasons.push(
      `inactive: no weights for ${input.block - (input.lastUpdate[uid] ?? 0)} blocks, cutoff ${input.activityCutoff}`,
    );
  else if (output.stakeWeight[uid] === 0) reasons.push("no stake");
  else if (nothing) reasons.push("no consensus on anyone: emission goes by stake");
  else if (counted.length === 0)
    reasons.push(
      (input.weights[uid]?.length ?? 0) === 0
        ? "no weights: it lives on old bonds"
        : "none of its weights counts: to itself, or to uids registered after it set them",
    );
  else reasons.push(trustReason(uid, counted, output), ...bondReason(uid, output, largest));
  if (output.permits[uid] !== (input.permits[uid] === true))
    reasons.push(output.permits[uid] ? "gets a permit" : "loses its permit");
  return reasons.join("; ");
}

function trustReason(uid: number, counted: Entry[], { validatorTrust, consensus }: EpochOutput): string {
  const trust = validatorTrust[uid]!;
  const excess = counted.map(([column, value]) => [column, value - consensus[column]!] as const);
  const [worst, over] = excess.reduce((most, next) => (next[1] > most[1] ? next : most));
  if (ONE - trust < ONE / 1000) return "agrees with consensus";
  return `${percent(ONE - trust)} of its weight is above consensus, most of it (${percent(over)}) on uid ${worst}`;
}

function bondReason(uid: number, { bonds, incentive }: EpochOutput, largest: readonly Largest[]): string[] {
  const held = bonds[uid] ?? [];
  const best = held.reduce<readonly [number, number] | undefined>(
    (most, next) => (incentive[next[0]]! > (most === undefined ? 0 : incentive[most[0]]!) ? next : most),
    undefined,
  );
  if (best === undefined) return ["holds no bond on a uid that earns"];
  const { holder, first, second } = largest[best[0]]!;
  const most = holder === uid ? second : first;
  if (best[1] > most) return [`holds the largest bond on uid ${best[0]}, the best paid of its own`];
  return best[1] < most
    ? [`its bond on uid ${best[0]} is ${percent(best[1] * (ONE / most))} of the largest`]
    : [];
}

function minerReason(uid: number, input: EpochInput, output: EpochOutput, givers: readonly Entry[]): string {
  const backing = givers.reduce((stake, [from]) => stake + output.activeStake[from]!, 0);
  const [from, highest] = givers.reduce((most, next) => (next[1] > most[1] ? next : most), [0, 0] as Entry);
  const agreed = output.consensus[uid]!;
  if (agreed === 0) {
    return `no consensus: ${percent(backing)} of stake gives it weight, more than ${percent(ONE - fromU16(input.kappa))} is needed`;
  }
  if (highest - agreed <= ONE / 1000) return `consensus ${percent(agreed)}, all of its weight counts`;
  return `consensus ${percent(agreed)}; above it is cut, most from uid ${from}, which gave ${percent(highest)}`;
}

/** Of the bonds of validators with active stake on one uid. */
interface Largest {
  holder: number;
  first: number;
  second: number;
}

function largestBonds({ bonds, activeStake }: EpochOutput, n: number): Largest[] {
  const largest = Array.from({ length: n }, (): Largest => ({ holder: -1, first: 0, second: 0 }));
  for (const [holder, row] of bonds.entries()) {
    if (activeStake[holder] === 0) continue;
    for (const [column, value] of row) {
      const known = largest[column]!;
      if (value > known.first) largest[column] = { holder, first: value, second: known.first };
      else known.second = Math.max(known.second, value);
    }
  }
  return largest;
}

/** Per uid: which validators with active stake give it weight, and how much. */
function giversOf({ weights, activeStake }: EpochOutput, n: number): Entry[][] {
  const givers = Array.from({ length: n }, (): Entry[] => []);
  for (let from = 0; from < n; from++) {
    if (activeStake[from] === 0) continue;
    for (const [column, value] of rowOf(weights, from)) if (value > 0) givers[column]!.push([from, value]);
  }
  return givers;
}

/** A uid, the other end of the entry, and a raw number. */
type Entry = [uid: number, value: number];

const rowOf = ({ starts, columns, values }: Sparse, row: number): Entry[] =>
  Array.from(
    columns.subarray(starts[row], starts[row + 1]),
    (column, at): Entry => [column, values[starts[row]! + at]!],
  );

function meanWeights({ weights, activeStake }: EpochOutput, n: number): Float64Array {
  const means = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (const [column, value] of rowOf(weights, i)) means[column]! += multiply(value, activeStake[i]!);
  return normalise(means);
}
