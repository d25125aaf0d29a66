/** Yuma consensus: the fast version beside a straightforward dense one in BigInt, on the same networks. */
import { runEpochDense } from "../../chain/yuma/dense.fixture.ts";
import { type EpochInput, runEpoch, stakeOf } from "../../chain/yuma/index.ts";
import { type BenchRow, median } from "./row.ts";

const UIDS = 256;
const VALIDATORS = 64;
const BLOCK = 10_000;
const GOAL_MS = 25;
const RUNS = 15;
const DENSE_RUNS = 3;

/** 64 validators that weigh each of 192 miners, nearly alike, with bonds from before; the same numbers every time. */
function network(change: Partial<EpochInput>): EpochInput {
  let state = 7;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const uids = [...Array(UIDS).keys()];
  const quality = uids.map(() => 1_000 + below(50_000));
  const row = (uid: number): [number, number][] =>
    uid >= VALIDATORS
      ? []
      : uids.slice(VALIDATORS).map((miner) => [miner, Math.max(0, quality[miner]! + below(8_000) - 4_000)]);
  return {
    n: UIDS,
    block: BLOCK,
    tempo: 360,
    lastMechanismStep: BLOCK - 360,
    stake: uids.map((uid) => stakeOf(uid < VALIDATORS ? BigInt(1 + below(1_000_000)) * 1_000_000_000n : 0n)),
    stakeThreshold: 0n,
    lastUpdate: uids.map(() => BLOCK - 1 - below(300)),
    registeredAt: uids.map(() => below(5_000)),
    permits: uids.map((uid) => uid < VALIDATORS),
    maxValidators: VALIDATORS,
    weights: uids.map(row),
    bonds: uids.map(row),
    kappa: 32_767,
    bondsPenalty: 65_535,
    bondsMovingAverage: 900_000,
    yuma3: true,
    liquidAlpha: false,
    alphaLow: 45_875,
    alphaHigh: 58_982,
    alphaSteepness: 1_000,
    activityCutoff: 5_000,
    ownerUid: 0,
    emissionRao: 147_600_000_000n,
    ...change,
  };
}

function medianMs(runs: number, work: () => void): number {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const from = performance.now();
    work();
    times.push(performance.now() - from);
  }
  return median(times);
}

export async function yumaRows(): Promise<BenchRow[]> {
  const networks: [string, EpochInput][] = [
    ["classic bonds", network({ yuma3: false })],
    ["Yuma3", network({})],
    ["Yuma3, liquid alpha", network({ liquidAlpha: true })],
    [
      "Yuma3, liquid alpha, half penalty, steep",
      network({ liquidAlpha: true, bondsPenalty: 32_768, alphaSteepness: 4_000 }),
    ],
  ];
  return networks.map(([name, input]): BenchRow => {
    const same =
      JSON.stringify(Array.from(runEpoch(input).dividends, String)) ===
      JSON.stringify(runEpochDense(input).dividends.map(String));
    const value = medianMs(RUNS, () => runEpoch(input));
    const floor = medianMs(DENSE_RUNS, () => runEpochDense(input));
    return {
      name: `Yuma epoch, ${UIDS} uids × ${VALIDATORS} validators, ${name}; floor: dense BigInt`,
      value,
      unit: "ms",
      floor,
      ratio: value / floor,
      goal: `≤ ${GOAL_MS} ms, same numbers`,
      holds: same && value <= GOAL_MS,
    };
  });
}
