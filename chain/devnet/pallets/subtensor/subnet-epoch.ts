/** Yuma consensus on what the chain has stored, and what comes of it stored again. */
import { activityCutoff, type EpochInput, runSubnetEpoch } from "../../../yuma/index.ts";
import { type AccountId, type BlockContext, event } from "../../declare/index.ts";
import { isExpired } from "./commits.ts";
import { events } from "./events.ts";
import { stakeWeightOf } from "./inherited-stake.ts";
import { S } from "./storage.ts";
import { type At, hotkeysOf, mechanismIndex, mechanismsOf, ownerUid } from "./subnets.ts";

export interface NeuronEmission {
  hotkey: AccountId;
  /** Rao of alpha. */
  incentive: bigint;
  dividend: bigint;
}

/** Runs the epoch of every mechanism with this much alpha to share (`epoch_with_mechanisms`). */
export function runEpoch(context: BlockContext, netuid: number, emissionRao: bigint): NeuronEmission[] {
  const { state } = context;
  const hotkeys = hotkeysOf(context, netuid);
  if (hotkeys.length === 0) return [];
  const { mechanisms, terms } = runSubnetEpoch({
    subnet: subnetInput(context, netuid, hotkeys, emissionRao),
    mechanisms: mechanismsOf(context, netuid).map((index) => mechanismInput(context, netuid, index, hotkeys)),
    split: state.get(S.MechanismEmissionSplit, netuid) ?? null,
  });
  for (const [mechanism, output] of mechanisms.entries()) {
    const index = mechanismIndex(netuid, mechanism);
    state.put(
      S.Incentive,
      index,
      Array.from(output.incentive, (share) => toU16(share)),
    );
    context.emit(
      event(events, "IncentiveAlphaEmittedToMiners", { netuid: index, emissions: output.serverEmission }),
    );
    for (const [uid, row] of output.bonds.entries()) state.put(S.Bonds, index, uid, row);
  }
  state.put(
    S.Active,
    netuid,
    terms.map(({ active }) => active),
  );
  state.put(
    S.Emission,
    netuid,
    terms.map(({ emission }) => emission),
  );
  state.put(
    S.Consensus,
    netuid,
    terms.map(({ consensus }) => consensus),
  );
  state.put(
    S.Dividends,
    netuid,
    terms.map(({ dividend }) => dividend),
  );
  state.put(
    S.ValidatorTrust,
    netuid,
    terms.map(({ validatorTrust }) => validatorTrust),
  );
  state.put(
    S.ValidatorPermit,
    netuid,
    terms.map(({ permit }) => permit),
  );
  state.put(
    S.StakeWeight,
    netuid,
    terms.map(({ stakeWeight }) => stakeWeight),
  );
  return hotkeys.map((hotkey, uid) => ({
    hotkey,
    incentive: terms[uid]!.serverEmission,
    dividend: terms[uid]!.validatorEmission,
  }));
}

const ONE = 2 ** 32;
/** A raw I32F32 share as the chain stores it: rounded down to u16. */
const toU16 = (share: number): number => Math.min(65_535, Math.floor((share * 65_535) / ONE));

function subnetInput(
  at: At,
  netuid: number,
  hotkeys: readonly AccountId[],
  emissionRao: bigint,
): Omit<EpochInput, "weights" | "bonds" | "lastUpdate" | "commitBlocks"> {
  const { state, block } = at;
  const tempo = state.get(S.Tempo, netuid);
  const [alphaLow, alphaHigh] = state.get(S.AlphaValues, netuid);
  return {
    n: hotkeys.length,
    block,
    tempo,
    lastMechanismStep: Number(state.get(S.LastMechansimStepBlock, netuid)),
    stake: hotkeys.map((hotkey) => stakeWeightOf(at, hotkey, netuid).total),
    stakeThreshold: state.get(S.StakeThreshold),
    registeredAt: hotkeys.map((_, uid) => Number(state.get(S.BlockAtRegistration, netuid, uid))),
    permits: state.get(S.ValidatorPermit, netuid),
    maxValidators: state.get(S.MaxAllowedValidators, netuid),
    kappa: state.get(S.Kappa, netuid),
    bondsPenalty: state.get(S.BondsPenalty, netuid),
    bondsMovingAverage: Number(state.get(S.BondsMovingAverage, netuid)),
    yuma3: state.get(S.Yuma3On, netuid),
    liquidAlpha: state.get(S.LiquidAlphaOn, netuid),
    alphaLow,
    alphaHigh,
    alphaSteepness: state.get(S.AlphaSigmoidSteepness, netuid),
    activityCutoff: activityCutoff(state.get(S.ActivityCutoffFactorMilli, netuid), tempo),
    ownerUid: ownerUid(at, netuid) ?? null,
    emissionRao,
  };
}

function mechanismInput(at: At, netuid: number, index: number, hotkeys: readonly AccountId[]) {
  const { state } = at;
  const lastUpdate = state.get(S.LastUpdate, index).map(Number);
  while (lastUpdate.length < hotkeys.length) lastUpdate.push(0);
  return {
    weights: hotkeys.map((_, uid) => state.get(S.Weights, index, uid)),
    bonds: hotkeys.map((_, uid) => state.get(S.Bonds, index, uid)),
    lastUpdate,
    commitBlocks: state.get(S.CommitRevealWeightsEnabled, netuid)
      ? earliestCommits(at, netuid, index, hotkeys)
      : undefined,
  };
}

/** By uid, the block of the earliest commit that can still be revealed: weights toward later neurons do not count. */
function earliestCommits(
  at: At,
  netuid: number,
  index: number,
  hotkeys: readonly AccountId[],
): (number | null)[] {
  const earliest = new Map<AccountId, number>();
  const note = (hotkey: AccountId, block: bigint) =>
    earliest.set(hotkey, Math.min(earliest.get(hotkey) ?? Number.POSITIVE_INFINITY, Number(block)));
  for (const { keys, value } of at.state.entries(S.WeightCommits, index)) {
    const live = value.find(([, epoch]) => !isExpired(at, netuid, epoch));
    if (live !== undefined) note(keys[1], live[2]);
  }
  for (const { keys, value } of at.state.entries(S.TimelockedWeightCommits, index)) {
    if (!isExpired(at, netuid, keys[1])) for (const [hotkey, block] of value) note(hotkey, block);
  }
  return hotkeys.map((hotkey) => earliest.get(hotkey) ?? null);
}
