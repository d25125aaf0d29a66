/** The metagraph: a subnet with all its neurons, whole or only the fields that were asked for. */
import { activityCutoff } from "../../yuma/index.ts";
import {
  type AnyType,
  accountId,
  bool,
  compact,
  encode,
  type Immutable,
  option,
  struct,
  type Type,
  tuple,
  u8,
  vec,
} from "../declare/index.ts";
import { CommitmentOf } from "../pallets/commitments/storage.ts";
import { i96f32 } from "../pallets/fixed-types.ts";
import { S } from "../pallets/subtensor/storage.ts";
import { axonInfo, chainIdentity, subnetIdentity } from "../pallets/subtensor/types.ts";
import {
  c8s,
  c16,
  c64,
  type Field,
  field,
  maybe,
  readAll,
  stored16,
  stored64,
  structOf,
  type View,
} from "./field.ts";
import { axonOf } from "./neuron-info.ts";
import { neuronColumns, neuronKeys, poolFields } from "./shared-fields.ts";
import { nameOf } from "./subnet-name.ts";

/** In the order of the struct, which is that of the selective indices. */
const FIELDS = {
  netuid: field(c16, ({ index }) => index),
  name: field(c8s, ({ at, netuid }) => [...nameOf(at, netuid)]),
  symbol: field(c8s, (view) => [...view.get(S.TokenSymbol)]),
  identity: field(option(subnetIdentity), ({ at, netuid }) => at.state.get(S.SubnetIdentitiesV3, netuid)),
  network_registered_at: stored64(S.NetworkRegisteredAt),
  owner_hotkey: field(accountId, (view) => view.get(S.SubnetOwnerHotkey)),
  owner_coldkey: field(accountId, (view) => view.get(S.SubnetOwner)),
  block: field(c64, ({ at }) => BigInt(at.block)),
  tempo: stored16(S.Tempo),
  last_step: stored64(S.LastMechansimStepBlock),
  blocks_since_last_step: field(c64, (view) => BigInt(view.at.block) - view.get(S.LastMechansimStepBlock)),
  subnet_emission: field(c64, () => 0n),
  ...poolFields,
  moving_price: field(i96f32, (view) => view.get(S.SubnetMovingPrice)),
  rho: stored16(S.Rho),
  kappa: stored16(S.Kappa),
  min_allowed_weights: stored16(S.MinAllowedWeights),
  max_weights_limit: stored16(S.MaxWeightsLimit),
  weights_version: stored64(S.WeightsVersionKey),
  weights_rate_limit: stored64(S.WeightsSetRateLimit),
  activity_cutoff: field(c64, (view) =>
    BigInt(activityCutoff(view.get(S.ActivityCutoffFactorMilli), view.get(S.Tempo))),
  ),
  max_validators: stored16(S.MaxAllowedValidators),
  num_uids: stored16(S.SubnetworkN),
  max_uids: stored16(S.MaxAllowedUids),
  burn: stored64(S.Burn),
  difficulty: stored64(S.Difficulty),
  registration_allowed: field(bool, (view) => view.get(S.NetworkRegistrationAllowed)),
  pow_registration_allowed: field(bool, (view) => view.get(S.NetworkPowRegistrationAllowed)),
  immunity_period: stored16(S.ImmunityPeriod),
  min_difficulty: stored64(S.MinDifficulty),
  max_difficulty: stored64(S.MaxDifficulty),
  min_burn: stored64(S.MinBurn),
  max_burn: stored64(S.MaxBurn),
  adjustment_alpha: stored64(S.AdjustmentAlpha),
  adjustment_interval: stored16(S.AdjustmentInterval),
  target_regs_per_interval: stored16(S.TargetRegistrationsPerInterval),
  max_regs_per_block: stored16(S.MaxRegistrationsPerBlock),
  serving_rate_limit: stored64(S.ServingRateLimit),
  commit_reveal_weights_enabled: field(bool, (view) => view.get(S.CommitRevealWeightsEnabled)),
  commit_reveal_period: stored64(S.RevealPeriodEpochs),
  liquid_alpha_enabled: field(bool, (view) => view.get(S.LiquidAlphaOn)),
  alpha_high: field(c16, (view) => view.get(S.AlphaValues)[1]),
  alpha_low: field(c16, (view) => view.get(S.AlphaValues)[0]),
  bonds_moving_avg: stored64(S.BondsMovingAverage),
  ...neuronKeys,
  identities: field(vec(option(chainIdentity)), ({ at, hotkeys }) =>
    hotkeys.map((hotkey) => at.state.get(S.IdentitiesV2, at.state.get(S.Owner, hotkey))),
  ),
  axons: field(vec(axonInfo), ({ at, netuid, hotkeys }) =>
    hotkeys.map((hotkey) => axonOf(at, netuid, hotkey)),
  ),
  ...neuronColumns,
  tao_dividends_per_hotkey: field(vec(tuple(accountId, c64)), ({ hotkeys }) =>
    hotkeys.map((hotkey): [typeof hotkey, bigint] => [hotkey, 0n]),
  ),
  alpha_dividends_per_hotkey: field(vec(tuple(accountId, c64)), ({ at, netuid, hotkeys }) =>
    hotkeys.map((hotkey): [typeof hotkey, bigint] => [
      hotkey,
      at.state.get(S.AlphaDividendsPerSubnet, netuid, hotkey),
    ]),
  ),
};

/** What only the selective form has. */
const SELECTIVE_ONLY = {
  validators: field(vec(c16), validators),
  commitments: field(vec(tuple(accountId, vec(compact(u8)))), ({ at, netuid }) =>
    at.state
      .entries(CommitmentOf, netuid)
      .map(({ keys, value }): [(typeof keys)[1], number[]] => [
        keys[1],
        [...encode(CommitmentOf.value, value as Immutable<typeof value>)],
      ]),
  ),
};

/** Uids with a permit and more stake than the threshold, the poorest first. */
function validators({ at, netuid, stakes }: View): number[] {
  const permits = at.state.get(S.ValidatorPermit, netuid);
  const threshold = at.state.get(S.StakeThreshold) << 64n;
  return stakes
    .map(({ total }, uid) => ({ uid, total }))
    .filter(({ uid, total }) => permits[uid] === true && total > threshold)
    .sort((a, b) => (a.total < b.total ? -1 : a.total > b.total ? 1 : a.uid - b.uid))
    .map(({ uid }) => uid);
}

export const metagraph = structOf("pallet_subtensor::rpc_info::metagraph::Metagraph", FIELDS, accountId);

export const readMetagraph = (view: View) => readAll(FIELDS, view);

const { netuid: _, ...OPTIONAL } = { ...FIELDS, ...SELECTIVE_ONLY };

export const selectiveMetagraph = struct(
  "pallet_subtensor::rpc_info::metagraph::SelectiveMetagraph",
  {
    netuid: c16,
    ...Object.fromEntries(
      Object.entries(OPTIONAL).map(([name, { type }]) => [name, maybe(type as Type<unknown>)]),
    ),
  },
  { parameters: { AccountId: accountId } },
) as AnyType as Type<Readonly<Record<string, unknown>>>;

/** Names by index: 0 is the netuid, which is always told. */
export const SELECTIVE_INDICES: readonly string[] = ["netuid", ...Object.keys(OPTIONAL)];

/** The fields of these indices; those not asked for are none, and indices that are not known are passed over. */
export function readSelective(view: View, indices: readonly number[]): Record<string, unknown> {
  const told: Record<string, unknown> = { netuid: view.netuid };
  for (const index of new Set(indices)) {
    const name = SELECTIVE_INDICES[index];
    if (name === undefined || name === "netuid") continue;
    const { read } = OPTIONAL[name as keyof typeof OPTIONAL] as Field;
    told[name] = { some: read(view) };
  }
  return told;
}
