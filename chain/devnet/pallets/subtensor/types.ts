/** What the subtensor pallet stores and takes, by its Rust paths. */
import { bytes, option } from "../../declare/collections.ts";
import { struct, variant, wrapper } from "../../declare/composites.ts";
import { accountId, boundedBytes } from "../../declare/known-types.ts";
import { i64, u8, u16, u32, u64, u128 } from "../../declare/numbers.ts";
import type { TypeOf } from "../../declare/type.ts";
import { btreeSet, u64f64 } from "../fixed-types.ts";

export const axonInfo = struct("pallet_subtensor::pallet::AxonInfo", {
  block: u64,
  version: u32,
  ip: u128,
  port: u16,
  ip_type: u8,
  protocol: u8,
  placeholder1: u8,
  placeholder2: u8,
});
export type AxonInfo = TypeOf<typeof axonInfo>;

export const prometheusInfo = struct("pallet_subtensor::pallet::PrometheusInfo", {
  block: u64,
  version: u32,
  ip: u128,
  port: u16,
  ip_type: u8,
});

export const neuronCertificate = struct("pallet_subtensor::pallet::NeuronCertificate", {
  public_key: boundedBytes,
  algorithm: u8,
});

export const chainIdentity = struct("pallet_subtensor::pallet::ChainIdentityV2", {
  name: bytes,
  url: bytes,
  github_repo: bytes,
  image: bytes,
  discord: bytes,
  description: bytes,
  additional: bytes,
});
export type ChainIdentity = TypeOf<typeof chainIdentity>;

export const subnetIdentity = struct("pallet_subtensor::pallet::SubnetIdentityV3", {
  subnet_name: bytes,
  github_repo: bytes,
  subnet_contact: bytes,
  subnet_url: bytes,
  discord: bytes,
  description: bytes,
  logo_url: bytes,
  additional: bytes,
});
export type SubnetIdentity = TypeOf<typeof subnetIdentity>;

export const safeFloat = struct("share_pool::SafeFloat", { mantissa: u128, exponent: i64 });

export const recycleOrBurn = variant("pallet_subtensor::pallet::RecycleOrBurnEnum", {
  Burn: [0],
  Recycle: [1],
});

export const rootClaimType = variant("pallet_subtensor::pallet::RootClaimTypeEnum", {
  Swap: [0],
  Keep: [1],
  KeepSubnets: [2, { subnets: btreeSet(u16) }],
});

export const lockState = struct("pallet_subtensor::staking::lock::LockState", {
  locked_mass: u64,
  conviction: u64f64,
  last_update: u64,
});

export const percent = wrapper("sp_arithmetic::per_things::Percent", u8);

export const subnetLease = struct(
  "pallet_subtensor::subnets::leasing::SubnetLease",
  {
    beneficiary: accountId,
    coldkey: accountId,
    hotkey: accountId,
    emissions_share: percent,
    end_block: option(u32),
    netuid: u16,
    cost: u64,
  },
  { parameters: { AccountId: accountId, BlockNumber: u32, Balance: u64 } },
);

export const hyperparameter = variant("pallet_subtensor::utils::rate_limiting::Hyperparameter", {
  Unknown: [0],
  ServingRateLimit: [1],
  MaxDifficulty: [2],
  AdjustmentAlpha: [3],
  MaxWeightLimit: [4],
  ImmunityPeriod: [5],
  MinAllowedWeights: [6],
  Kappa: [7],
  Rho: [8],
  ActivityCutoff: [9],
  PowRegistrationAllowed: [10],
  MinBurn: [11],
  MaxBurn: [12],
  BondsMovingAverage: [13],
  BondsPenalty: [14],
  CommitRevealEnabled: [15],
  LiquidAlphaEnabled: [16],
  AlphaValues: [17],
  WeightCommitInterval: [18],
  TransferEnabled: [19],
  AlphaSigmoidSteepness: [20],
  Yuma3Enabled: [21],
  BondsResetEnabled: [22],
  ImmuneNeuronLimit: [23],
  RecycleOrBurn: [24],
  MaxAllowedUids: [25],
  BurnHalfLife: [26],
  BurnIncreaseMult: [27],
  SubnetEmissionEnabled: [28],
  MinChildkeyTake: [29],
  ActivityCutoffFactorMilli: [30],
  TriggerEpoch: [31],
});
export type Hyperparameter = TypeOf<typeof hyperparameter>["type"];

export const rateLimitKey = variant(
  "pallet_subtensor::RateLimitKey",
  {
    SetSNOwnerHotkey: [0, u16],
    OwnerHyperparamUpdate: [1, u16, hyperparameter],
    NetworkLastRegistered: [2],
    LastTxBlock: [3, accountId],
    LastTxBlockChildKeyTake: [4, accountId],
    LastTxBlockDelegateTake: [5, accountId],
    AddStakeBurn: [6, u16],
  },
  { parameters: { AccountId: accountId } },
);
export type RateLimitKey = TypeOf<typeof rateLimitKey>;
