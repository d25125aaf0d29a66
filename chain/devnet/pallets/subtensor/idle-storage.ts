/** What clients may ask for and the devnet never changes: the items of features that it does not simulate. */
import { bytes, tuple, unit } from "../../declare/collections.ts";
import { accountId, h160, h256 } from "../../declare/known-types.ts";
import { bool, u16, u32, u64, u128 } from "../../declare/numbers.ts";
import { blake2Concat, identity, storageOf, twox64Concat } from "../../declare/storage.ts";
import { i64f64, u64f64 } from "../fixed-types.ts";
import { lockState, subnetLease } from "./types.ts";

const { map, value } = storageOf("SubtensorModule");

export const idleStorage = {
  DissolveNetworkScheduleDuration: value("DissolveNetworkScheduleDuration", { type: u32, fallback: 36_000 }),
  LastHotkeySwapOnNetuid: map("LastHotkeySwapOnNetuid", {
    keys: [identity(u16), blake2Concat(accountId)],
    type: u64,
    fallback: 0n,
  }),
  NextStakeJobId: value("NextStakeJobId", { type: u64, fallback: 0n }),
  AccountFlags: map("AccountFlags", { keys: [blake2Concat(accountId)], type: u128, fallback: 0n }),
  ColdkeySwapAnnouncementDelay: value("ColdkeySwapAnnouncementDelay", { type: u32, fallback: 36_000 }),
  ColdkeySwapReannouncementDelay: value("ColdkeySwapReannouncementDelay", { type: u32, fallback: 7_200 }),
  ColdkeySwapAnnouncements: map("ColdkeySwapAnnouncements", {
    keys: [twox64Concat(accountId)],
    type: tuple(u32, h256),
  }),
  ColdkeySwapDisputes: map("ColdkeySwapDisputes", { keys: [twox64Concat(accountId)], type: u32 }),
  Lock: map("Lock", {
    keys: [blake2Concat(accountId), identity(u16), blake2Concat(accountId)],
    type: lockState,
  }),
  LockingColdkeys: map("LockingColdkeys", {
    keys: [identity(u16), blake2Concat(accountId), blake2Concat(accountId)],
    type: unit,
  }),
  HotkeyLock: map("HotkeyLock", { keys: [identity(u16), blake2Concat(accountId)], type: lockState }),
  DecayingHotkeyLock: map("DecayingHotkeyLock", {
    keys: [identity(u16), blake2Concat(accountId)],
    type: lockState,
  }),
  OwnerLock: map("OwnerLock", { keys: [identity(u16)], type: lockState }),
  DecayingOwnerLock: map("DecayingOwnerLock", { keys: [identity(u16)], type: lockState }),
  DecayingLock: map("DecayingLock", { keys: [blake2Concat(accountId), identity(u16)], type: bool }),
  MaturityRate: value("MaturityRate", { type: u64, fallback: 934_866n }),
  UnlockRate: value("UnlockRate", { type: u64, fallback: 934_866n }),
  SubnetEmaTaoFlow: map("SubnetEmaTaoFlow", { keys: [identity(u16)], type: tuple(u64, i64f64) }),
  NetTaoFlowEnabled: value("NetTaoFlowEnabled", { type: bool, fallback: true }),
  SubnetEmaProtocolFlow: map("SubnetEmaProtocolFlow", { keys: [identity(u16)], type: tuple(u64, i64f64) }),
  TaoFlowCutoff: value("TaoFlowCutoff", { type: i64f64, fallback: { bits: 0n } }),
  FlowNormExponent: value("FlowNormExponent", {
    type: u64f64,
    fallback: { bits: 18_446_744_073_709_551_616n },
  }),
  FlowEmaSmoothingFactor: value("FlowEmaSmoothingFactor", { type: u64, fallback: 29_597_889_189_277n }),
  UsedWork: map("UsedWork", { keys: [identity(bytes)], type: u64, fallback: 0n }),
  POWRegistrationsThisInterval: map("POWRegistrationsThisInterval", {
    keys: [identity(u16)],
    type: u16,
    fallback: 0,
  }),
  BurnRegistrationsThisInterval: map("BurnRegistrationsThisInterval", {
    keys: [identity(u16)],
    type: u16,
    fallback: 0,
  }),
  LastAdjustmentBlock: map("LastAdjustmentBlock", { keys: [identity(u16)], type: u64, fallback: 0n }),
  VotingPower: map("VotingPower", {
    keys: [identity(u16), blake2Concat(accountId)],
    type: u64,
    fallback: 0n,
  }),
  VotingPowerTrackingEnabled: map("VotingPowerTrackingEnabled", {
    keys: [identity(u16)],
    type: bool,
    fallback: false,
  }),
  VotingPowerDisableAtBlock: map("VotingPowerDisableAtBlock", {
    keys: [identity(u16)],
    type: u64,
    fallback: 0n,
  }),
  VotingPowerEmaAlpha: map("VotingPowerEmaAlpha", {
    keys: [identity(u16)],
    type: u64,
    fallback: 3_570_000_000_000_000n,
  }),
  StakingColdkeysByIndex: map("StakingColdkeysByIndex", { keys: [identity(u64)], type: accountId }),
  StakingColdkeys: map("StakingColdkeys", { keys: [identity(accountId)], type: u64 }),
  NumStakingColdkeys: value("NumStakingColdkeys", { type: u64, fallback: 0n }),
  NumRootClaim: value("NumRootClaim", { type: u64, fallback: 5n }),
  AssociatedEvmAddress: map("AssociatedEvmAddress", {
    keys: [twox64Concat(u16), twox64Concat(u16)],
    type: tuple(h160, u64),
  }),
  SubnetLeases: map("SubnetLeases", { keys: [twox64Concat(u32)], type: subnetLease }),
  SubnetLeaseShares: map("SubnetLeaseShares", {
    keys: [twox64Concat(u32), identity(accountId)],
    type: u64f64,
    fallback: { bits: 0n },
  }),
  SubnetUidToLeaseId: map("SubnetUidToLeaseId", { keys: [twox64Concat(u16)], type: u32 }),
  NextSubnetLeaseId: value("NextSubnetLeaseId", { type: u32, fallback: 0 }),
  AccumulatedLeaseDividends: map("AccumulatedLeaseDividends", {
    keys: [twox64Concat(u32)],
    type: u64,
    fallback: 0n,
  }),
  TaoInRefundDeploymentBlock: value("TaoInRefundDeploymentBlock", { type: u64, fallback: 0n }),
  HasMigrationRun: map("HasMigrationRun", { keys: [identity(bytes)], type: bool, fallback: false }),
};
