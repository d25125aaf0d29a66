/** Hyperparameters of one subnet, as spec 424 lets owners and root set them. */
import { type AnyCall, bool, ensure, event, i16, u16, u64 } from "../../declare/index.ts";
import { u64f64 } from "../fixed-types.ts";
import { childTakeBounds } from "../subtensor/children.ts";
import { errors as subtensorErrors } from "../subtensor/errors.ts";
import { S } from "../subtensor/storage.ts";
import { applyTempo } from "../subtensor/tempo-control.ts";
import { recycleOrBurn } from "../subtensor/types.ts";
import { adminErrors as errors } from "./errors.ts";
import { adminEvents as events } from "./events.ts";
import { perSubnet, subnetParameter } from "./parameter.ts";

const MIN_BURN_BELOW = 1_000_000_000n;
const MAX_BURN_ABOVE = 100_000_000n;
const MOST_UIDS = 256;
const MOST_AVERAGE = 975_000n;
const MOST_HALF_LIFE = 36_100;
const ONE = 1n << 64n;

export const subnetParameters: readonly AnyCall[] = [
  subnetParameter({
    name: "sudo_set_serving_rate_limit",
    index: 3,
    arg: "serving_rate_limit",
    type: u64,
    owner: { parameter: "ServingRateLimit" },
    exists: false,
    set: perSubnet(S.ServingRateLimit, "ServingRateLimitSet"),
  }),
  subnetParameter({
    name: "sudo_set_min_difficulty",
    index: 4,
    arg: "min_difficulty",
    type: u64,
    window: true,
    set: perSubnet(S.MinDifficulty, "MinDifficultySet"),
  }),
  subnetParameter({
    name: "sudo_set_max_difficulty",
    index: 5,
    arg: "max_difficulty",
    type: u64,
    owner: { parameter: "MaxDifficulty" },
    set: perSubnet(S.MaxDifficulty, "MaxDifficultySet"),
  }),
  subnetParameter({
    name: "sudo_set_weights_version_key",
    index: 6,
    arg: "weights_version_key",
    type: u64,
    owner: { kind: "SetWeightsVersionKey" },
    set: perSubnet(S.WeightsVersionKey, "WeightsVersionKeySet"),
  }),
  subnetParameter({
    name: "sudo_set_weights_set_rate_limit",
    index: 7,
    arg: "weights_set_rate_limit",
    type: u64,
    set: perSubnet(S.WeightsSetRateLimit, "WeightsSetRateLimitSet"),
  }),
  subnetParameter({
    name: "sudo_set_adjustment_interval",
    index: 8,
    arg: "adjustment_interval",
    type: u16,
    set: perSubnet(S.AdjustmentInterval, "AdjustmentIntervalSet"),
  }),
  subnetParameter({
    name: "sudo_set_adjustment_alpha",
    index: 9,
    arg: "adjustment_alpha",
    type: u64,
    owner: { parameter: "AdjustmentAlpha" },
    set: perSubnet(S.AdjustmentAlpha, "AdjustmentAlphaSet"),
  }),
  subnetParameter({
    name: "sudo_set_immunity_period",
    index: 13,
    arg: "immunity_period",
    type: u16,
    owner: { parameter: "ImmunityPeriod" },
    set: perSubnet(S.ImmunityPeriod, "ImmunityPeriodSet"),
  }),
  subnetParameter({
    name: "sudo_set_min_allowed_weights",
    index: 14,
    arg: "min_allowed_weights",
    type: u16,
    owner: { parameter: "MinAllowedWeights" },
    set: perSubnet(S.MinAllowedWeights, "MinAllowedWeightSet"),
  }),
  subnetParameter({
    name: "sudo_set_max_allowed_uids",
    index: 15,
    arg: "max_allowed_uids",
    type: u16,
    owner: { parameter: "MaxAllowedUids" },
    check({ state }, netuid, uids) {
      ensure(uids >= state.get(S.MinAllowedUids, netuid), errors, "MaxAllowedUidsLessThanMinAllowedUids");
      ensure(state.get(S.SubnetworkN, netuid) <= uids, errors, "MaxAllowedUIdsLessThanCurrentUIds");
      ensure(uids <= MOST_UIDS, errors, "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids");
      const all = uids * state.get(S.MechanismCountCurrent, netuid);
      ensure(all <= MOST_UIDS, subtensorErrors, "TooManyUIDsPerMechanism");
    },
    set: perSubnet(S.MaxAllowedUids, "MaxAllowedUidsSet"),
  }),
  subnetParameter({
    name: "sudo_set_kappa",
    index: 16,
    arg: "kappa",
    type: u16,
    set: perSubnet(S.Kappa, "KappaSet"),
  }),
  subnetParameter({
    name: "sudo_set_rho",
    index: 17,
    arg: "rho",
    type: u16,
    owner: { parameter: "Rho" },
    set: perSubnet(S.Rho),
  }),
  subnetParameter({
    name: "sudo_set_activity_cutoff",
    index: 18,
    arg: "activity_cutoff",
    type: u16,
    owner: { parameter: "ActivityCutoff" },
    check: ({ state }, _, blocks) =>
      ensure(blocks >= state.get(S.MinActivityCutoff), subtensorErrors, "ActivityCutoffTooLow"),
    set: perSubnet(S.ActivityCutoff, "ActivityCutoffSet"),
  }),
  subnetParameter({
    name: "sudo_set_network_registration_allowed",
    index: 19,
    arg: "registration_allowed",
    type: bool,
    exists: false,
    set: perSubnet(S.NetworkRegistrationAllowed, "RegistrationAllowed"),
  }),
  subnetParameter({
    name: "sudo_set_target_registrations_per_interval",
    index: 21,
    arg: "target_registrations_per_interval",
    type: u16,
    window: true,
    set: perSubnet(S.TargetRegistrationsPerInterval, "RegistrationPerIntervalSet"),
  }),
  subnetParameter({
    name: "sudo_set_min_burn",
    index: 22,
    arg: "min_burn",
    type: u64,
    owner: { parameter: "MinBurn" },
    check({ state }, netuid, rao) {
      ensure(rao < MIN_BURN_BELOW, errors, "ValueNotInBounds");
      ensure(rao < state.get(S.MaxBurn, netuid), errors, "ValueNotInBounds");
    },
    set: perSubnet(S.MinBurn, "MinBurnSet"),
  }),
  subnetParameter({
    name: "sudo_set_max_burn",
    index: 23,
    arg: "max_burn",
    type: u64,
    owner: { parameter: "MaxBurn" },
    check({ state }, netuid, rao) {
      ensure(rao > MAX_BURN_ABOVE, errors, "ValueNotInBounds");
      ensure(rao > state.get(S.MinBurn, netuid), errors, "ValueNotInBounds");
    },
    set: perSubnet(S.MaxBurn, "MaxBurnSet"),
  }),
  subnetParameter({
    name: "sudo_set_difficulty",
    index: 24,
    arg: "difficulty",
    type: u64,
    window: true,
    set: perSubnet(S.Difficulty, "DifficultySet"),
  }),
  subnetParameter({
    name: "sudo_set_max_allowed_validators",
    index: 25,
    arg: "max_allowed_validators",
    type: u16,
    window: true,
    check: ({ state }, netuid, count) =>
      ensure(count <= state.get(S.MaxAllowedUids, netuid), errors, "MaxValidatorsLargerThanMaxUIds"),
    set: perSubnet(S.MaxAllowedValidators, "MaxAllowedValidatorsSet"),
  }),
  subnetParameter({
    name: "sudo_set_bonds_moving_average",
    index: 26,
    arg: "bonds_moving_average",
    type: u64,
    owner: { parameter: "BondsMovingAverage" },
    exists: false,
    check({ state }, netuid, millionths, owner) {
      if (owner !== undefined) ensure(millionths <= MOST_AVERAGE, errors, "BondsMovingAverageMaxReached");
      ensure(state.get(S.NetworksAdded, netuid), errors, "SubnetDoesNotExist");
      // Above a million the chain's own arithmetic would be below zero.
      ensure(millionths <= 1_000_000n, errors, "BondsMovingAverageMaxReached");
    },
    set: perSubnet(S.BondsMovingAverage, "BondsMovingAverageSet"),
  }),
  subnetParameter({
    name: "sudo_set_max_registrations_per_block",
    index: 27,
    arg: "max_registrations_per_block",
    type: u16,
    window: true,
    set: perSubnet(S.MaxRegistrationsPerBlock, "MaxRegistrationsPerBlockSet"),
  }),
  subnetParameter({
    name: "sudo_set_tempo",
    index: 30,
    arg: "tempo",
    type: u16,
    window: true,
    set: applyTempo,
  }),
  subnetParameter({
    name: "sudo_set_rao_recycled",
    index: 39,
    arg: "rao_recycled",
    type: u64,
    set: perSubnet(S.RAORecycledForRegistration, "RAORecycledForRegistrationSet"),
  }),
  subnetParameter({
    name: "sudo_set_commit_reveal_weights_enabled",
    index: 49,
    arg: "enabled",
    type: bool,
    owner: { parameter: "CommitRevealEnabled" },
    set: perSubnet(S.CommitRevealWeightsEnabled, "CommitRevealEnabled"),
  }),
  subnetParameter({
    name: "sudo_set_liquid_alpha_enabled",
    index: 50,
    arg: "enabled",
    type: bool,
    owner: { parameter: "LiquidAlphaEnabled" },
    exists: false,
    set: perSubnet(S.LiquidAlphaOn),
  }),
  subnetParameter({
    name: "sudo_set_commit_reveal_weights_interval",
    index: 57,
    arg: "interval",
    type: u64,
    owner: { parameter: "WeightCommitInterval" },
    check(_, __, epochs) {
      ensure(epochs <= 100n, subtensorErrors, "RevealPeriodTooLarge");
      ensure(epochs >= 1n, subtensorErrors, "RevealPeriodTooSmall");
    },
    set: perSubnet(S.RevealPeriodEpochs, "CommitRevealPeriodsSet"),
  }),
  subnetParameter({
    name: "sudo_set_bonds_penalty",
    index: 60,
    arg: "bonds_penalty",
    type: u16,
    owner: { parameter: "BondsPenalty" },
    set: perSubnet(S.BondsPenalty, "BondsPenaltySet"),
  }),
  subnetParameter({
    name: "sudo_set_toggle_transfer",
    index: 61,
    arg: "toggle",
    type: bool,
    owner: { parameter: "TransferEnabled" },
    exists: false,
    set: perSubnet(S.TransferToggle, "TransferToggle"),
  }),
  subnetParameter({
    name: "sudo_set_ema_price_halving_period",
    index: 65,
    arg: "ema_halving",
    type: u64,
    exists: false,
    set: perSubnet(S.EMAPriceHalvingBlocks),
  }),
  subnetParameter({
    name: "sudo_set_subtoken_enabled",
    index: 66,
    arg: "subtoken_enabled",
    type: bool,
    window: true,
    exists: false,
    set: perSubnet(S.SubtokenEnabled),
  }),
  subnetParameter({
    name: "sudo_set_alpha_sigmoid_steepness",
    index: 68,
    arg: "steepness",
    type: i16,
    owner: { parameter: "AlphaSigmoidSteepness" },
    check: (_, __, steepness, owner) =>
      ensure(owner === undefined || steepness >= 0, errors, "NegativeSigmoidSteepness"),
    set: perSubnet(S.AlphaSigmoidSteepness, "AlphaSigmoidSteepnessSet"),
  }),
  subnetParameter({
    name: "sudo_set_yuma3_enabled",
    index: 69,
    arg: "enabled",
    type: bool,
    owner: { parameter: "Yuma3Enabled" },
    exists: false,
    set(context, netuid, enabled) {
      context.state.put(S.Yuma3On, netuid, enabled);
      context.emit(event(events, "Yuma3EnableToggled", { netuid, enabled }));
    },
  }),
  subnetParameter({
    name: "sudo_set_bonds_reset_enabled",
    index: 70,
    arg: "enabled",
    type: bool,
    owner: { parameter: "BondsResetEnabled" },
    exists: false,
    set(context, netuid, enabled) {
      perSubnet(S.BondsResetOn, "BondsResetOnSet")(context, netuid, enabled);
      context.emit(event(events, "BondsResetToggled", { netuid, enabled }));
    },
  }),
  subnetParameter({
    name: "sudo_set_owner_immune_neuron_limit",
    index: 72,
    arg: "immune_neurons",
    type: u16,
    owner: { parameter: "ImmuneNeuronLimit" },
    exists: false,
    check: (_, __, count) => ensure(count >= 1 && count <= 10, subtensorErrors, "InvalidValue"),
    set: perSubnet(S.ImmuneOwnerUidsLimit),
  }),
  subnetParameter({
    name: "sudo_set_min_allowed_uids",
    index: 79,
    arg: "min_allowed_uids",
    type: u16,
    window: true,
    check({ state }, netuid, uids) {
      ensure(uids < state.get(S.MaxAllowedUids, netuid), errors, "MinAllowedUidsGreaterThanMaxAllowedUids");
      ensure(uids < state.get(S.SubnetworkN, netuid), errors, "MinAllowedUidsGreaterThanCurrentUids");
    },
    set: perSubnet(S.MinAllowedUids, "MinAllowedUidsSet"),
  }),
  subnetParameter({
    name: "sudo_set_recycle_or_burn",
    index: 80,
    arg: "recycle_or_burn",
    type: recycleOrBurn,
    owner: { parameter: "RecycleOrBurn" },
    exists: false,
    set: perSubnet(S.RecycleOrBurn),
  }),
  subnetParameter({
    name: "sudo_set_min_non_immune_uids",
    index: 84,
    arg: "min",
    type: u16,
    exists: false,
    set: perSubnet(S.MinNonImmuneUids, "MinNonImmuneUidsSet"),
  }),
  subnetParameter({
    name: "sudo_set_burn_half_life",
    index: 89,
    arg: "burn_half_life",
    type: u16,
    owner: { parameter: "BurnHalfLife" },
    notOnRoot: true,
    check: (_, __, blocks) => ensure(blocks > 0 && blocks <= MOST_HALF_LIFE, errors, "InvalidValue"),
    set(context, netuid, burn_half_life) {
      context.state.put(S.BurnHalfLife, netuid, burn_half_life);
      context.emit(event(events, "BurnHalfLifeSet", { netuid, burn_half_life }));
    },
  }),
  subnetParameter({
    name: "sudo_set_burn_increase_mult",
    index: 90,
    arg: "burn_increase_mult",
    type: u64f64,
    owner: { parameter: "BurnIncreaseMult" },
    notOnRoot: true,
    check: (_, __, { bits }) => ensure(bits >= ONE && bits <= 3n * ONE, errors, "InvalidValue"),
    set(context, netuid, burn_increase_mult) {
      context.state.put(S.BurnIncreaseMult, netuid, burn_increase_mult);
      context.emit(event(events, "BurnIncreaseMultSet", { netuid, burn_increase_mult }));
    },
  }),
  subnetParameter({
    name: "sudo_set_owner_cut_enabled",
    index: 92,
    arg: "enabled",
    type: bool,
    owner: "unlimited",
    notOnRoot: true,
    set: perSubnet(S.OwnerCutEnabled),
  }),
  subnetParameter({
    name: "sudo_set_min_childkey_take_per_subnet",
    index: 93,
    arg: "take",
    type: u16,
    owner: { parameter: "MinChildkeyTake" },
    check(context, _, take) {
      const { least, most } = childTakeBounds(context);
      ensure(take >= least && take <= most, errors, "InvalidValue");
    },
    set: perSubnet(S.MinChildkeyTakePerSubnet, "MinChildKeyTakePerSubnetSet"),
  }),
  subnetParameter({
    name: "sudo_set_subnet_emission_enabled",
    index: 94,
    arg: "enabled",
    type: bool,
    notOnRoot: true,
    set(context, netuid, enabled) {
      context.state.put(S.SubnetEmissionEnabled, netuid, enabled);
      context.emit(event(events, "SubnetEmissionEnabledSet", { netuid, enabled }));
    },
  }),
];
