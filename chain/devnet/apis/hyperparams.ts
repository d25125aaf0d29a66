/** A subnet's hyperparameters: as structs for older clients, as a list of names and values for newer ones. */
import { activityCutoff } from "../../yuma/index.ts";
import {
  bool,
  bytes,
  compact,
  type StorageItem,
  struct,
  type TypeOf,
  u16,
  u32,
  u64,
  u128,
  variant,
} from "../declare/index.ts";
import { i32f32, u64f64 } from "../pallets/fixed-types.ts";
import { leastChildTake } from "../pallets/subtensor/children.ts";
import { S } from "../pallets/subtensor/storage.ts";
import { c16, c64, field, readAll, stored16, stored64, structOf, type View } from "./field.ts";

const cutoff = (view: View): bigint =>
  BigInt(activityCutoff(view.get(S.ActivityCutoffFactorMilli), view.get(S.Tempo)));
const yumaVersion = (view: View): number => (view.get(S.Yuma3On) ? 3 : 2);
const steepness = (view: View) => ({ bits: BigInt(view.get(S.AlphaSigmoidSteepness)) << 32n });
const flag = (item: StorageItem<[number], boolean, boolean>) => field(bool, (view) => view.get(item));

const V1 = {
  rho: stored16(S.Rho),
  kappa: stored16(S.Kappa),
  immunity_period: stored16(S.ImmunityPeriod),
  min_allowed_weights: stored16(S.MinAllowedWeights),
  max_weights_limit: stored16(S.MaxWeightsLimit),
  tempo: stored16(S.Tempo),
  min_difficulty: stored64(S.MinDifficulty),
  max_difficulty: stored64(S.MaxDifficulty),
  weights_version: stored64(S.WeightsVersionKey),
  weights_rate_limit: stored64(S.WeightsSetRateLimit),
  adjustment_interval: stored16(S.AdjustmentInterval),
  activity_cutoff: field(c64, cutoff),
  registration_allowed: flag(S.NetworkRegistrationAllowed),
  target_regs_per_interval: stored16(S.TargetRegistrationsPerInterval),
  min_burn: stored64(S.MinBurn),
  max_burn: stored64(S.MaxBurn),
  bonds_moving_avg: stored64(S.BondsMovingAverage),
  max_regs_per_block: stored16(S.MaxRegistrationsPerBlock),
  serving_rate_limit: stored64(S.ServingRateLimit),
  max_validators: stored16(S.MaxAllowedValidators),
  adjustment_alpha: stored64(S.AdjustmentAlpha),
  difficulty: stored64(S.Difficulty),
  commit_reveal_period: stored64(S.RevealPeriodEpochs),
  commit_reveal_weights_enabled: flag(S.CommitRevealWeightsEnabled),
  alpha_high: field(c16, (view) => view.get(S.AlphaValues)[1]),
  alpha_low: field(c16, (view) => view.get(S.AlphaValues)[0]),
  liquid_alpha_enabled: flag(S.LiquidAlphaOn),
};

const V2 = {
  ...V1,
  alpha_sigmoid_steepness: field(i32f32, steepness),
  yuma_version: field(c16, yumaVersion),
  subnet_is_active: flag(S.SubtokenEnabled),
  transfers_enabled: flag(S.TransferToggle),
  bonds_reset_enabled: flag(S.BondsResetOn),
  user_liquidity_enabled: field(bool, () => false),
};

const PATH = "pallet_subtensor::rpc_info::subnet_info";
export const hyperparams = structOf(`${PATH}::SubnetHyperparams`, V1);
export const hyperparamsV2 = structOf(`${PATH}::SubnetHyperparamsV2`, V2);
export const readHyperparams = (view: View) => readAll(V1, view);
export const readHyperparamsV2 = (view: View) => readAll(V2, view);

const value = variant(`${PATH}::HyperparamValue`, {
  Bool: [0, bool],
  U16: [1, compact(u16)],
  U32: [2, compact(u32)],
  U64: [3, compact(u64)],
  U128: [4, compact(u128)],
  TaoBalance: [5, compact(u64)],
  I32F32: [6, i32f32],
  U64F64: [7, u64f64],
});
type Value = TypeOf<typeof value>;

export const hyperparamEntry = struct(`${PATH}::HyperparamEntry`, { name: bytes, value });

const n16 =
  (item: StorageItem<[number], number, number>) =>
  (view: View): Value => ({
    type: "U16",
    value: view.get(item),
  });
const n64 =
  (item: StorageItem<[number], bigint, bigint>) =>
  (view: View): Value => ({
    type: "U64",
    value: view.get(item),
  });
const tao =
  (item: StorageItem<[number], bigint, bigint>) =>
  (view: View): Value => ({
    type: "TaoBalance",
    value: view.get(item),
  });
const yes =
  (item: StorageItem<[number], boolean, boolean>) =>
  (view: View): Value => ({
    type: "Bool",
    value: view.get(item),
  });

/** In the chain's order; clients find them by name. */
const ENTRIES: Readonly<Record<string, (view: View) => Value>> = {
  kappa: n16(S.Kappa),
  immunity_period: n16(S.ImmunityPeriod),
  min_allowed_weights: n16(S.MinAllowedWeights),
  max_weights_limit: n16(S.MaxWeightsLimit),
  tempo: n16(S.Tempo),
  weights_version: n64(S.WeightsVersionKey),
  weights_rate_limit: n64(S.WeightsSetRateLimit),
  activity_cutoff: (view) => ({ type: "U64", value: cutoff(view) }),
  activity_cutoff_factor: (view) => ({ type: "U32", value: view.get(S.ActivityCutoffFactorMilli) }),
  registration_allowed: yes(S.NetworkRegistrationAllowed),
  target_regs_per_interval: n16(S.TargetRegistrationsPerInterval),
  min_burn: tao(S.MinBurn),
  max_burn: tao(S.MaxBurn),
  burn_half_life: n16(S.BurnHalfLife),
  burn_increase_mult: (view) => ({ type: "U64F64", value: view.get(S.BurnIncreaseMult) }),
  bonds_moving_avg: n64(S.BondsMovingAverage),
  max_regs_per_block: n16(S.MaxRegistrationsPerBlock),
  serving_rate_limit: n64(S.ServingRateLimit),
  max_validators: n16(S.MaxAllowedValidators),
  commit_reveal_period: n64(S.RevealPeriodEpochs),
  commit_reveal_weights_enabled: yes(S.CommitRevealWeightsEnabled),
  alpha_high: (view) => ({ type: "U16", value: view.get(S.AlphaValues)[1] }),
  alpha_low: (view) => ({ type: "U16", value: view.get(S.AlphaValues)[0] }),
  liquid_alpha_enabled: yes(S.LiquidAlphaOn),
  alpha_sigmoid_steepness: (view) => ({ type: "I32F32", value: steepness(view) }),
  yuma_version: (view) => ({ type: "U16", value: yumaVersion(view) }),
  subnet_is_active: yes(S.SubtokenEnabled),
  transfers_enabled: yes(S.TransferToggle),
  bonds_reset_enabled: yes(S.BondsResetOn),
  user_liquidity_enabled: () => ({ type: "Bool", value: false }),
  owner_cut_enabled: yes(S.OwnerCutEnabled),
  owner_cut_auto_lock_enabled: yes(S.OwnerCutAutoLockEnabled),
  min_childkey_take: (view) => ({ type: "U16", value: leastChildTake(view.at, view.netuid) }),
};

export const readEntries = (view: View) =>
  Object.entries(ENTRIES).map(([name, read]) => ({
    name: new TextEncoder().encode(name),
    value: read(view),
  }));
