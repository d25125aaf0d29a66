/**
 * Yuma once more, straightforwardly: dense matrices of BigInt, each step written from its definition and nothing shared
 * with the fast version. Tests compare the two, the bench measures one against the other.
 */
import type { EpochInput } from "./epoch-input.ts";

const ONE = 1n << 32n;
const U16 = 65_535n;

const mul = (a: bigint, b: bigint): bigint => (a * b) >> 32n;
const div = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : (a << 32n) / b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

/** null where there is no entry, which is not the same as an entry of 0. */
type Cell = bigint | null;
type Matrix = Cell[][];

export interface DenseOutput {
  consensus: bigint[];
  incentive: bigint[];
  dividends: bigint[];
  validatorTrust: bigint[];
  permits: boolean[];
  bonds: [number, number][][];
  serverEmission: bigint[];
  validatorEmission: bigint[];
}

function normalise(values: bigint[]): bigint[] {
  const sum = total(values);
  return values.map((value) => div(value, sum));
}

const matrix = (n: number, cell: (row: number, column: number) => Cell): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => cell(i, j)));

const map = (m: Matrix, change: (value: bigint, row: number, column: number) => Cell): Matrix =>
  m.map((row, i) => row.map((value, j) => (value === null ? null : change(value, i, j))));

const columnTotals = (m: Matrix): bigint[] => m.map((_, j) => total(m.map((row) => row[j] ?? 0n)));

function normaliseColumns(m: Matrix): Matrix {
  const totals = columnTotals(m);
  return map(m, (value, _, j) => (totals[j] === 0n ? value : div(value, totals[j]!)));
}

/** The weighted median by its meaning: scores in order, the first at which the stake up to it passes the minority. */
function median(stake: bigint[], scores: bigint[], kappa: bigint): bigint {
  const minority = total(stake) - kappa;
  const order = [...scores.keys()].sort((a, b) => (scores[a]! < scores[b]! ? -1 : 1));
  let passed = 0n;
  for (const index of order) {
    passed += stake[index]!;
    if (minority < passed) return scores[index]!;
  }
  return order.length === 0 ? 0n : scores[order.at(-1)!]!;
}

function exp(x: bigint): bigint {
  const bounded = max(-20n * ONE, min(20n * ONE, x));
  if (bounded === 0n) return ONE;
  if (bounded === ONE) return 22_802_600n << 9n;
  const operand = bounded < 0n ? -bounded : bounded;
  let result = ONE + operand;
  let term = operand;
  for (let i = 2n; i <= 31n; i++) {
    term = mul(term, operand) / i;
    result += term;
  }
  return bounded < 0n ? div(ONE, result) : result;
}

function liquidAlpha(input: EpochInput, consensus: bigint, weight: bigint, bond: bigint): bigint {
  const low = div(BigInt(input.alphaLow), U16);
  const high = div(BigInt(input.alphaHigh), U16);
  const distance = max(0n, min(ONE, weight >= bond ? weight - consensus : bond - weight));
  const slope = (BigInt(input.alphaSteepness) << 32n) / -100n;
  const sigmoid = div(ONE, ONE + exp(mul(slope, distance - (ONE >> 1n))));
  return max(low, min(high, low + mul(sigmoid, high - low)));
}

/** Rows must be sorted by uid: what the chain does with others is a rule of its reading order, not of Yuma. */
export function runEpochDense(input: EpochInput): DenseOutput {
  const { n, ownerUid, block, registeredAt, lastUpdate, yuma3 } = input;
  const uids = [...Array(n).keys()];
  const permitted = uids.map((uid) => uid === ownerUid || input.permits[uid] === true);

  const counted = uids.map((uid) =>
    uid === ownerUid || input.stake[uid]! >> 64n >= input.stakeThreshold ? input.stake[uid]! : 0n,
  );
  const all = total(counted);
  const stake = counted.map((own) => (all === 0n ? 0n : ((own << 64n) / all) >> 32n));
  const activeStake = normalise(
    stake.map((own, uid) => (permitted[uid] && lastUpdate[uid]! + input.activityCutoff >= block ? own : 0n)),
  );

  const stored = (rows: EpochInput["weights"]): Matrix => {
    const found = rows.map((row) => new Map(row));
    return matrix(n, (i, j) => {
      const value = found[i]?.get(j);
      return value === undefined ? null : BigInt(value) << 32n;
    });
  };
  const masked = map(stored(input.weights), (value, i, j) => {
    const commit = input.commitBlocks?.[i] ?? Number.POSITIVE_INFINITY;
    const counts = permitted[i] && (i !== j || i === ownerUid) && lastUpdate[i]! > registeredAt[j]!;
    return counts && commit >= registeredAt[j]! ? value : null;
  });
  const weights = masked.map((row) => {
    const sum = total(row.map((value) => value ?? 0n));
    return row.map((value) => (value === null ? null : div(value, sum)));
  });

  const kappa = div(BigInt(input.kappa), U16);
  const voters = uids.filter((uid) => activeStake[uid]! > 0n);
  const power = normalise(voters.map((uid) => activeStake[uid]!));
  const consensus = uids.map((j) =>
    median(
      power,
      voters.map((i) => weights[i]![j] ?? 0n),
      kappa,
    ),
  );
  const clipped = map(weights, (value, _, j) =>
    value > consensus[j]! && consensus[j] === 0n ? null : min(value, consensus[j]!),
  );
  const incentive = normalise(columnTotals(map(clipped, (value, i) => mul(value, activeStake[i]!))));

  const penalty = div(BigInt(input.bondsPenalty), U16);
  const between = matrix(n, (i, j) => {
    const whole = weights[i]![j] ?? 0n;
    const value = whole + mul(penalty, (clipped[i]![j] ?? 0n) - whole);
    return value > 0n ? value : null;
  });
  const bought = penalty === 0n ? weights : penalty === ONE ? clipped : between;

  const lastEpoch =
    input.lastMechanismStep === 0 ? Math.max(0, block - input.tempo) : input.lastMechanismStep + 1;
  const held = map(stored(input.bonds), (value, _, j) => (lastEpoch > registeredAt[j]! ? value : null));
  const alpha = ONE - (((BigInt(input.bondsMovingAverage) << 64n) / 1_000_000n) >> 32n);
  const average = (now: Matrix, before: Matrix): Matrix =>
    matrix(n, (i, j) => {
      const value = mul(alpha, now[i]![j] ?? 0n) + mul(ONE - alpha, before[i]![j] ?? 0n);
      return value > 0n ? value : null;
    });

  let bonds: Matrix;
  let dividends: bigint[];
  const rewards = (m: Matrix): bigint[] =>
    m.map((row) => total(row.map((value, j) => mul(value ?? 0n, incentive[j]!))));
  if (yuma3) {
    const before = map(held, (value) => div(value, U16 << 32n));
    const liquid = input.liquidAlpha && consensus.some((value) => value !== 0n);
    bonds = liquid
      ? map(bought, (weight, i, j) => {
          const bond = before[i]![j] ?? 0n;
          const own = liquidAlpha(input, consensus[j]!, weight, bond);
          const value = min(ONE, mul(ONE - own, bond) + mul(own, weight));
          return value > 0n ? value : null;
        })
      : average(bought, before);
    dividends = normalise(rewards(normaliseColumns(bonds)).map((reward, i) => mul(reward, activeStake[i]!)));
  } else {
    const delta = normaliseColumns(map(bought, (value, i) => mul(value, activeStake[i]!)));
    const ema = normaliseColumns(average(delta, normaliseColumns(held)));
    dividends = normalise(rewards(ema));
    const largest = uids.map((j) => ema.map((row) => row[j] ?? 0n).reduce(max, 0n));
    bonds = map(ema, (value, _, j) => div(value, largest[j]!));
  }

  const order = [...uids].sort((a, b) => (stake[a] === stake[b] ? a - b : stake[a]! < stake[b]! ? -1 : 1));
  const top = new Set(order.slice(Math.max(0, n - input.maxValidators)));
  const permits = uids.map((uid) => uid === ownerUid || (top.has(uid) && stake[uid] !== 0n));

  const both = total(incentive) + total(dividends);
  const rao = (shares: bigint[]): bigint[] => shares.map((share) => (share * input.emissionRao) >> 32n);
  const fallback = total(activeStake) === 0n ? stake : activeStake;
  return {
    consensus,
    incentive,
    dividends,
    validatorTrust: clipped.map((row) => total(row.map((value) => value ?? 0n))),
    permits,
    bonds: bonds.map((row, i) =>
      permits[i]
        ? row.flatMap((value, j): [number, number][] =>
            value === null ? [] : [[j, Number((value * U16) >> 32n)]],
          )
        : [],
    ),
    serverEmission: rao(incentive.map((value) => div(value, both))),
    validatorEmission: rao(both === 0n ? fallback : dividends.map((value) => div(value, both))),
  };
}
