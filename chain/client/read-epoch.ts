/** What the chain's next epoch would read, if it ran in this block: enough to say who would gain by it. */
import { z } from "zod";
import type { Forecast } from "../chain.ts";
import { type EpochInput, explainEpoch, runEpoch, stakeOf } from "../yuma/index.ts";
import { Account, Big, Whole } from "./numbers.ts";
import type { Query, StateReader } from "./state.ts";

const MODULE = "SubtensorModule";
const RAO = 1e9;
/** Larger subnets are not forecast: two rows a uid are asked for. */
const MAX_UIDS = 1_024;

const Selective = z.object({
  hotkeys: z.array(Account).max(4_096),
  validator_permit: z.array(z.boolean()),
  last_update: z.array(Whole),
  emission: z.array(Big),
  block_at_registration: z.array(Whole),
  total_stake: z.array(Big),
});
const FIELDS = [52, 57, 59, 60, 66, 69];

const Scalars = z.object({
  tempo: Whole,
  lastMechanismStep: Whole,
  maxValidators: Whole,
  kappa: Whole,
  bondsPenalty: Whole,
  bondsMovingAverage: Whole,
  yuma3: z.boolean(),
  liquidAlpha: z.boolean(),
  alphas: z.tuple([Whole, Whole]),
  steepness: z.number().int(),
  cutoffFactor: Whole.default(13_889),
  ownerHotkey: Account,
  threshold: Big,
  server: Big,
  validator: Big,
  root: Big.default(0n),
});

const scalars = (netuid: number): Record<keyof z.infer<typeof Scalars>, Query> => ({
  tempo: [MODULE, "Tempo", netuid],
  lastMechanismStep: [MODULE, "LastMechansimStepBlock", netuid],
  maxValidators: [MODULE, "MaxAllowedValidators", netuid],
  kappa: [MODULE, "Kappa", netuid],
  bondsPenalty: [MODULE, "BondsPenalty", netuid],
  bondsMovingAverage: [MODULE, "BondsMovingAverage", netuid],
  yuma3: [MODULE, "Yuma3On", netuid],
  liquidAlpha: [MODULE, "LiquidAlphaOn", netuid],
  alphas: [MODULE, "AlphaValues", netuid],
  steepness: [MODULE, "AlphaSigmoidSteepness", netuid],
  cutoffFactor: [MODULE, "ActivityCutoffFactorMilli", netuid],
  ownerHotkey: [MODULE, "SubnetOwnerHotkey", netuid],
  threshold: [MODULE, "StakeThreshold"],
  server: [MODULE, "PendingServerEmission", netuid],
  validator: [MODULE, "PendingValidatorEmission", netuid],
  root: [MODULE, "PendingRootAlphaDivs", netuid],
});

const Row = z.array(z.tuple([Whole, Whole]));

/** Runs Yuma on the state of this block. Empty for a subnet without neurons, and for one that is too large. */
export async function forecastEpoch(state: StateReader, netuid: number, block: number): Promise<Forecast[]> {
  const [values, answer] = await Promise.all([
    state.read(scalars(netuid)),
    state.call("SubnetInfoRuntimeApi", "get_selective_metagraph", netuid, FIELDS),
  ]);
  if (answer === undefined || answer === null) return [];
  const read = Scalars.parse(values);
  const graph = Selective.parse(answer);
  const n = graph.hotkeys.length;
  if (n === 0 || n > MAX_UIDS) return [];
  const rows = await readRows(state, netuid, n);
  // What is pending grows until the epoch: as much as the last one paid is nearer to what the next one will.
  const paid = graph.emission.reduce((sum, rao) => sum + rao, 0n);
  const emissionRao = paid > 0n ? paid : read.server + read.validator + read.root;
  const input: EpochInput = {
    ...{ n, block, tempo: read.tempo, lastMechanismStep: read.lastMechanismStep },
    stake: graph.total_stake.map(stakeOf),
    stakeThreshold: read.threshold,
    lastUpdate: graph.last_update,
    registeredAt: graph.block_at_registration,
    permits: graph.validator_permit,
    ...{ maxValidators: read.maxValidators, weights: rows.weights, bonds: rows.bonds, kappa: read.kappa },
    ...{ bondsPenalty: read.bondsPenalty, bondsMovingAverage: read.bondsMovingAverage },
    ...{ yuma3: read.yuma3, liquidAlpha: read.liquidAlpha },
    ...{ alphaLow: read.alphas[0], alphaHigh: read.alphas[1], alphaSteepness: read.steepness },
    activityCutoff: Math.max(1, Math.floor((read.cutoffFactor * read.tempo) / 1_000)),
    ownerUid: ownerOf(graph.hotkeys, read.ownerHotkey),
    emissionRao,
  };
  return explainEpoch(input, runEpoch(input)).map(({ uid, role, gets, expected, why }) => ({
    ...{ uid, role, why },
    gets: Number(gets) / RAO,
    expected: Number(expected) / RAO,
  }));
}

async function readRows(state: StateReader, netuid: number, n: number) {
  const queries = Object.fromEntries(
    Array.from({ length: n }, (_, uid): [string, Query][] => [
      [`w${uid}`, [MODULE, "Weights", netuid, uid]],
      [`b${uid}`, [MODULE, "Bonds", netuid, uid]],
    ]).flat(),
  );
  const values = await state.read<string>(queries);
  const rowsOf = (kind: string) =>
    Array.from({ length: n }, (_, uid) => Row.parse(values[`${kind}${uid}`] ?? []));
  return { weights: rowsOf("w"), bonds: rowsOf("b") };
}

function ownerOf(hotkeys: readonly string[], owner: string): number | null {
  const uid = hotkeys.indexOf(owner);
  return uid < 0 ? null : uid;
}
