/** Parameters of the whole chain, which root sets. */
import { type AnyCall, ensure, u8, u16, u64 } from "../../declare/index.ts";
import { i96f32 } from "../fixed-types.ts";
import { errors as subtensorErrors } from "../subtensor/errors.ts";
import { S } from "../subtensor/storage.ts";
import { adminErrors as errors } from "./errors.ts";
import { chainParameter, global } from "./parameter.ts";

export const chainParameters: readonly AnyCall[] = [
  chainParameter({
    name: "sudo_set_default_take",
    index: 1,
    arg: "default_take",
    type: u16,
    set: global(S.MaxDelegateTake, "MaxDelegateTakeSet"),
  }),
  chainParameter({
    name: "sudo_set_tx_rate_limit",
    index: 2,
    arg: "tx_rate_limit",
    type: u64,
    set: global(S.TxRateLimit, "TxRateLimitSet"),
  }),
  chainParameter({
    name: "sudo_set_subnet_owner_cut",
    index: 28,
    arg: "subnet_owner_cut",
    type: u16,
    set: global(S.SubnetOwnerCut, "SubnetOwnerCutSet"),
  }),
  chainParameter({
    name: "sudo_set_network_rate_limit",
    index: 29,
    arg: "rate_limit",
    type: u64,
    set: global(S.NetworkRateLimit, "NetworkRateLimitSet"),
  }),
  chainParameter({
    name: "sudo_set_network_immunity_period",
    index: 35,
    arg: "immunity_period",
    type: u64,
    set: global(S.NetworkImmunityPeriod, "NetworkImmunityPeriodSet"),
  }),
  chainParameter({
    name: "sudo_set_network_min_lock_cost",
    index: 36,
    arg: "lock_cost",
    type: u64,
    set: global(S.NetworkMinLockCost, "NetworkMinLockCostSet"),
  }),
  chainParameter({
    name: "sudo_set_subnet_limit",
    index: 37,
    arg: "max_subnets",
    type: u16,
    set: global(S.SubnetLimit, "SubnetLimitSet"),
  }),
  chainParameter({
    name: "sudo_set_lock_reduction_interval",
    index: 38,
    arg: "interval",
    type: u64,
    set: global(S.NetworkLockReductionInterval, "NetworkLockCostReductionIntervalSet"),
  }),
  chainParameter({
    name: "sudo_set_stake_threshold",
    index: 42,
    arg: "min_stake",
    type: u64,
    set: global(S.StakeThreshold, "StakeThresholdSet"),
  }),
  chainParameter({
    name: "sudo_set_nominator_min_required_stake",
    index: 43,
    arg: "min_stake",
    type: u64,
    set: global(S.NominatorMinRequiredStake),
  }),
  chainParameter({
    name: "sudo_set_tx_delegate_take_rate_limit",
    index: 45,
    arg: "tx_rate_limit",
    type: u64,
    set: global(S.TxDelegateTakeRateLimit, "TxDelegateTakeRateLimitSet"),
  }),
  chainParameter({
    name: "sudo_set_min_delegate_take",
    index: 46,
    arg: "take",
    type: u16,
    set: global(S.MinDelegateTake, "MinDelegateTakeSet"),
  }),
  chainParameter({
    name: "sudo_set_subnet_moving_alpha",
    index: 63,
    arg: "alpha",
    type: i96f32,
    set: global(S.SubnetMovingAlpha),
  }),
  chainParameter({
    name: "sudo_set_commit_reveal_version",
    index: 71,
    arg: "version",
    type: u16,
    set: global(S.CommitRevealWeightsVersion, "CommitRevealVersionSet"),
  }),
  chainParameter({ name: "sudo_set_ck_burn", index: 73, arg: "burn", type: u64, set: global(S.CKBurn) }),
  chainParameter({
    name: "sudo_set_admin_freeze_window",
    index: 74,
    arg: "window",
    type: u16,
    set: global(S.AdminFreezeWindow, "AdminFreezeWindowSet"),
  }),
  chainParameter({
    name: "sudo_set_owner_hparam_rate_limit",
    index: 75,
    arg: "epochs",
    type: u16,
    set: global(S.OwnerHyperparamRateLimit, "OwnerHyperparamRateLimitSet"),
  }),
  chainParameter({
    name: "sudo_set_start_call_delay",
    index: 85,
    arg: "delay",
    type: u64,
    set: global(S.StartCallDelay, "StartCallDelaySet"),
  }),
  chainParameter({
    name: "sudo_set_max_mechanism_count",
    index: 88,
    arg: "max_mechanism_count",
    type: u8,
    check: (count) => ensure(count > 0 && count <= 16, subtensorErrors, "InvalidValue"),
    set: global(S.MaxMechanismCount),
  }),
  chainParameter({
    name: "sudo_set_max_epochs_per_block",
    index: 96,
    arg: "max_epochs_per_block",
    type: u8,
    check: (count) => ensure(count >= 1, errors, "ValueNotInBounds"),
    set: global(S.MaxEpochsPerBlock, "MaxEpochsPerBlockSet"),
  }),
];
