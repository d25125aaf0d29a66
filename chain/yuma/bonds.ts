/** Bonds: what validators hold of the uids they found early, and the dividends that follow. */
import type { EpochInput } from "./epoch-input.ts";
import { divide, fromU16, multiply, normalise, ONE } from "./fixed-point.ts";
import { alphaSigmoid } from "./liquid-alpha.ts";
import {
  mapValues,
  normaliseColumns,
  rowsOf,
  type Sparse,
  sparseBuilder,
  sparseOf,
  upscaleColumns,
} from "./sparse.ts";
import { timesRow } from "./weights.ts";

interface Bonding {
  input: EpochInput;
  /** `weightsForBonds`. */
  weights: Sparse;
  consensus: Float64Array;
  incentive: Float64Array;
  activeStake: Float64Array;
}

interface Bonded {
  /** To store, raw. */
  bonds: Sparse;
  dividends: Float64Array;
}

/** Stored bonds without those to uids that registered since the last epoch. */
function keptBonds({ n, bonds, registeredAt, lastMechanismStep, block, tempo }: EpochInput): Sparse {
  const lastEpoch = lastMechanismStep === 0 ? Math.max(0, block - tempo) : lastMechanismStep + 1;
  return sparseOf(bonds, n, (_, column) => lastEpoch > (registeredAt[column] ?? 0));
}

/** 1 - moving average. */
const fixedAlpha = ({ bondsMovingAverage }: EpochInput): number =>
  ONE - divide(bondsMovingAverage, 1_000_000);

/** Bonds shared out per uid by stake-weighted weight; stored so that the largest of each uid is 1. */
export function classicBonds({ input, weights, incentive, activeStake }: Bonding): Bonded {
  const { n } = input;
  const held = normaliseColumns(keptBonds(input), n);
  const bought = normaliseColumns(timesRow(weights, activeStake), n);
  const average = normaliseColumns(movingAverage(bought, held, fixedAlpha(input), n), n);
  return {
    bonds: upscaleColumns(average, n),
    dividends: normalise(rewards(average, incentive)),
  };
}

/** Yuma3: each bond follows its own weight; stake enters the dividends only. */
export function yuma3Bonds({ input, weights, consensus, incentive, activeStake }: Bonding): Bonded {
  const { n } = input;
  const held = mapValues(keptBonds(input), fromU16);
  const liquid = input.liquidAlpha && consensus.some((value) => value !== 0);
  const bonds = liquid
    ? liquidAverage(weights, held, consensus, input)
    : movingAverage(weights, held, fixedAlpha(input), n);
  const dividends = rewards(normaliseColumns(bonds, n), incentive);
  for (let i = 0; i < n; i++) dividends[i] = multiply(dividends[i]!, activeStake[i]!);
  return { bonds, dividends: normalise(dividends) };
}

/** What each row earns: its bonds times the incentive of their uids. */
function rewards(bonds: Sparse, incentive: Float64Array): Float64Array {
  const earned = new Float64Array(rowsOf(bonds));
  for (let i = 0; i < earned.length; i++)
    for (let at = bonds.starts[i]!; at < bonds.starts[i + 1]!; at++)
      earned[i]! += multiply(bonds.values[at]!, incentive[bonds.columns[at]!]!);
  return earned;
}

/** alpha × new + (1 - alpha) × old, what is above 0, rows sorted (`mat_ema_sparse`). */
function movingAverage(now: Sparse, before: Sparse, alpha: number, n: number): Sparse {
  const built = sparseBuilder(n, now.values.length + before.values.length);
  const row = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    row.fill(0);
    for (let at = now.starts[i]!; at < now.starts[i + 1]!; at++)
      row[now.columns[at]!]! += multiply(now.values[at]!, alpha);
    for (let at = before.starts[i]!; at < before.starts[i + 1]!; at++)
      row[before.columns[at]!]! += multiply(before.values[at]!, ONE - alpha);
    for (let j = 0; j < n; j++) if (row[j]! > 0) built.push(j, row[j]!);
    built.endRow();
  }
  return built.done();
}

/**
 * The same with an alpha of its own for each entry (`compute_liquid_alpha_values_sparse`, `mat_ema_alpha_sparse`).
 * Two rules of the chain that no formula shows: a bond survives only where the row has a weight entry, even of 0; and the
 * alpha reads a row forward once, so that in a row not sorted by uid the entries passed over enter it as 0.
 */
function liquidAverage(now: Sparse, before: Sparse, consensus: Float64Array, input: EpochInput): Sparse {
  const alphaOf = alphaSigmoid({
    low: fromU16(input.alphaLow),
    high: fromU16(input.alphaHigh),
    steepness: input.alphaSteepness,
  });
  const { n } = input;
  const built = sparseBuilder(n, now.values.length);
  const held = new Float64Array(n);
  const seenWeight = new Float64Array(n);
  const seenBond = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    readForward(now, i, seenWeight.fill(0));
    readForward(before, i, seenBond.fill(0));
    held.fill(0);
    for (let at = before.starts[i]!; at < before.starts[i + 1]!; at++)
      held[before.columns[at]!] = before.values[at]!;
    for (let at = now.starts[i]!; at < now.starts[i + 1]!; at++) {
      const column = now.columns[at]!;
      const alpha = alphaOf(consensus[column]!, seenWeight[column]!, seenBond[column]!);
      const value = multiply(held[column]!, ONE - alpha) + multiply(now.values[at]!, alpha);
      if (value > 0) built.push(column, value);
    }
    built.endRow();
  }
  return built.done();
}

function readForward(matrix: Sparse, row: number, into: Float64Array): void {
  let reached = -1;
  for (let at = matrix.starts[row]!; at < matrix.starts[row + 1]!; at++) {
    const column = matrix.columns[at]!;
    if (column <= reached) continue;
    reached = column;
    into[column] = matrix.values[at]!;
  }
}
