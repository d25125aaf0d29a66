/** What the chain keeps for each subnet: its owner, its pool, its emission and its schedule. */
import { bytes, vec } from "../../declare/collections.ts";
import { accountId } from "../../declare/known-types.ts";
import { bool, i64, u8, u16, u64, u128 } from "../../declare/numbers.ts";
import { blake2Concat, identity, storageOf, twox64Concat } from "../../declare/storage.ts";
import { i96f32, u96f32 } from "../fixed-types.ts";
import { NOBODY } from "../nobody.ts";
import { subnetIdentity } from "./types.ts";

const { map, value } = storageOf("SubtensorModule");

export const subnetStorage = {
  NetworksAdded: map("NetworksAdded", { keys: [identity(u16)], type: bool, fallback: false }),
  TotalNetworks: value("TotalNetworks", { type: u16, fallback: 0 }),
  NetworkRegisteredAt: map("NetworkRegisteredAt", { keys: [identity(u16)], type: u64, fallback: 0n }),
  RegisteredSubnetCounter: map("RegisteredSubnetCounter", { keys: [identity(u16)], type: u64, fallback: 0n }),
  SubnetMechanism: map("SubnetMechanism", { keys: [identity(u16)], type: u16, fallback: 0 }),
  SubnetOwner: map("SubnetOwner", { keys: [identity(u16)], type: accountId, fallback: NOBODY }),
  SubnetOwnerHotkey: map("SubnetOwnerHotkey", { keys: [identity(u16)], type: accountId, fallback: NOBODY }),
  SubnetIdentitiesV3: map("SubnetIdentitiesV3", { keys: [blake2Concat(u16)], type: subnetIdentity }),
  TokenSymbol: map("TokenSymbol", {
    keys: [identity(u16)],
    type: bytes,
    fallback: Uint8Array.from([240, 157, 156, 143]),
  }),
  SubnetLocked: map("SubnetLocked", { keys: [identity(u16)], type: u64, fallback: 0n }),
  LargestLocked: map("LargestLocked", { keys: [identity(u16)], type: u64, fallback: 0n }),
  NetworkLastLockCost: value("NetworkLastLockCost", { type: u64, fallback: 1_000_000_000_000n }),
  NetworkRegistrationStartBlock: value("NetworkRegistrationStartBlock", { type: u64, fallback: 0n }),
  FirstEmissionBlockNumber: map("FirstEmissionBlockNumber", { keys: [identity(u16)], type: u64 }),
  SubtokenEnabled: map("SubtokenEnabled", { keys: [identity(u16)], type: bool, fallback: false }),
  SubnetEmissionEnabled: map("SubnetEmissionEnabled", { keys: [identity(u16)], type: bool, fallback: true }),
  SubnetTAO: map("SubnetTAO", { keys: [identity(u16)], type: u64, fallback: 0n }),
  SubnetAlphaIn: map("SubnetAlphaIn", { keys: [identity(u16)], type: u64, fallback: 0n }),
  SubnetAlphaOut: map("SubnetAlphaOut", { keys: [identity(u16)], type: u64, fallback: 0n }),
  SubnetProtocolAlpha: map("SubnetProtocolAlpha", { keys: [identity(u16)], type: u64, fallback: 0n }),
  SubnetVolume: map("SubnetVolume", { keys: [identity(u16)], type: u128, fallback: 0n }),
  SubnetMovingPrice: map("SubnetMovingPrice", {
    keys: [identity(u16)],
    type: i96f32,
    fallback: { bits: 0n },
  }),
  SubnetMovingAlpha: value("SubnetMovingAlpha", { type: i96f32, fallback: { bits: 12_885n } }),
  RootProp: map("RootProp", { keys: [identity(u16)], type: u96f32, fallback: { bits: 0n } }),
  SubnetAlphaInEmission: map("SubnetAlphaInEmission", { keys: [identity(u16)], type: u64, fallback: 0n }),
  SubnetAlphaOutEmission: map("SubnetAlphaOutEmission", { keys: [identity(u16)], type: u64, fallback: 0n }),
  SubnetTaoInEmission: map("SubnetTaoInEmission", { keys: [identity(u16)], type: u64, fallback: 0n }),
  SubnetExcessTao: map("SubnetExcessTao", { keys: [identity(u16)], type: u64, fallback: 0n }),
  SubnetRootSellTao: map("SubnetRootSellTao", { keys: [identity(u16)], type: u64, fallback: 0n }),
  SubnetTaoFlow: map("SubnetTaoFlow", { keys: [identity(u16)], type: i64, fallback: 0n }),
  SubnetProtocolFlow: map("SubnetProtocolFlow", { keys: [identity(u16)], type: i64, fallback: 0n }),
  PendingServerEmission: map("PendingServerEmission", { keys: [identity(u16)], type: u64, fallback: 0n }),
  PendingValidatorEmission: map("PendingValidatorEmission", {
    keys: [identity(u16)],
    type: u64,
    fallback: 0n,
  }),
  PendingRootAlphaDivs: map("PendingRootAlphaDivs", { keys: [identity(u16)], type: u64, fallback: 0n }),
  PendingOwnerCut: map("PendingOwnerCut", { keys: [identity(u16)], type: u64, fallback: 0n }),
  MinerBurned: map("MinerBurned", { keys: [identity(u16)], type: u96f32, fallback: { bits: 0n } }),
  BlockEmission: value("BlockEmission", { type: u64, fallback: 1_000_000_000n }),
  TotalIssuance: value("TotalIssuance", { type: u64, fallback: 0n }),
  TotalStake: value("TotalStake", { type: u64, fallback: 0n }),
  LastEpochBlock: map("LastEpochBlock", { keys: [identity(u16)], type: u64, fallback: 0n }),
  PendingEpochAt: map("PendingEpochAt", { keys: [identity(u16)], type: u64, fallback: 0n }),
  SubnetEpochIndex: map("SubnetEpochIndex", { keys: [identity(u16)], type: u64, fallback: 0n }),
  BlocksSinceLastStep: map("BlocksSinceLastStep", { keys: [identity(u16)], type: u64, fallback: 0n }),
  LastMechansimStepBlock: map("LastMechansimStepBlock", { keys: [identity(u16)], type: u64, fallback: 0n }),
  MechanismCountCurrent: map("MechanismCountCurrent", { keys: [twox64Concat(u16)], type: u8, fallback: 1 }),
  MechanismEmissionSplit: map("MechanismEmissionSplit", { keys: [twox64Concat(u16)], type: vec(u16) }),
  RegistrationsThisBlock: map("RegistrationsThisBlock", { keys: [identity(u16)], type: u16, fallback: 0 }),
  RegistrationsThisInterval: map("RegistrationsThisInterval", {
    keys: [identity(u16)],
    type: u16,
    fallback: 0,
  }),
  RAORecycledForRegistration: map("RAORecycledForRegistration", {
    keys: [identity(u16)],
    type: u64,
    fallback: 0n,
  }),
  Burn: map("Burn", { keys: [identity(u16)], type: u64, fallback: 100_000_000n }),
};
