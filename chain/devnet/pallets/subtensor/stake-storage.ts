/** Who owns hotkeys, who stakes on them, and what they pass on. */
import { tuple, vec } from "../../declare/collections.ts";
import { accountId } from "../../declare/known-types.ts";
import { bool, u16, u64, u128 } from "../../declare/numbers.ts";
import { blake2Concat, identity, storageOf, twox64Concat } from "../../declare/storage.ts";
import { btreeMap, i96f32, u64f64 } from "../fixed-types.ts";
import { NOBODY } from "../nobody.ts";
import { chainIdentity, rateLimitKey, rootClaimType, safeFloat } from "./types.ts";

const { map } = storageOf("SubtensorModule");

export const stakeStorage = {
  Owner: map("Owner", { keys: [blake2Concat(accountId)], type: accountId, fallback: NOBODY }),
  OwnedHotkeys: map("OwnedHotkeys", { keys: [blake2Concat(accountId)], type: vec(accountId), fallback: [] }),
  StakingHotkeys: map("StakingHotkeys", {
    keys: [blake2Concat(accountId)],
    type: vec(accountId),
    fallback: [],
  }),
  Delegates: map("Delegates", { keys: [blake2Concat(accountId)], type: u16, fallback: 11_796 }),
  TotalHotkeyAlpha: map("TotalHotkeyAlpha", {
    keys: [blake2Concat(accountId), identity(u16)],
    type: u64,
    fallback: 0n,
  }),
  TotalHotkeyAlphaLastEpoch: map("TotalHotkeyAlphaLastEpoch", {
    keys: [blake2Concat(accountId), identity(u16)],
    type: u64,
    fallback: 0n,
  }),
  TotalHotkeyShares: map("TotalHotkeyShares", {
    keys: [blake2Concat(accountId), identity(u16)],
    type: u64f64,
    fallback: { bits: 0n },
  }),
  Alpha: map("Alpha", {
    keys: [blake2Concat(accountId), blake2Concat(accountId), identity(u16)],
    type: u64f64,
    fallback: { bits: 0n },
  }),
  TotalHotkeySharesV2: map("TotalHotkeySharesV2", {
    keys: [blake2Concat(accountId), identity(u16)],
    type: safeFloat,
    fallback: { mantissa: 0n, exponent: 0n },
  }),
  AlphaV2: map("AlphaV2", {
    keys: [blake2Concat(accountId), blake2Concat(accountId), identity(u16)],
    type: safeFloat,
    fallback: { mantissa: 0n, exponent: 0n },
  }),
  ChildkeyTake: map("ChildkeyTake", {
    keys: [blake2Concat(accountId), identity(u16)],
    type: u16,
    fallback: 0,
  }),
  PendingChildKeys: map("PendingChildKeys", {
    keys: [identity(u16), blake2Concat(accountId)],
    type: tuple(vec(tuple(u64, accountId)), u64),
    fallback: [[], 0n],
  }),
  ChildKeys: map("ChildKeys", {
    keys: [blake2Concat(accountId), identity(u16)],
    type: vec(tuple(u64, accountId)),
    fallback: [],
  }),
  ParentKeys: map("ParentKeys", {
    keys: [blake2Concat(accountId), identity(u16)],
    type: vec(tuple(u64, accountId)),
    fallback: [],
  }),
  AutoParentDelegationEnabled: map("AutoParentDelegationEnabled", {
    keys: [blake2Concat(accountId)],
    type: bool,
    fallback: true,
  }),
  AutoStakeDestination: map("AutoStakeDestination", {
    keys: [blake2Concat(accountId), identity(u16)],
    type: accountId,
  }),
  AutoStakeDestinationColdkeys: map("AutoStakeDestinationColdkeys", {
    keys: [blake2Concat(accountId), identity(u16)],
    type: vec(accountId),
    fallback: [],
  }),
  AlphaDividendsPerSubnet: map("AlphaDividendsPerSubnet", {
    keys: [identity(u16), blake2Concat(accountId)],
    type: u64,
    fallback: 0n,
  }),
  RootAlphaDividendsPerSubnet: map("RootAlphaDividendsPerSubnet", {
    keys: [identity(u16), blake2Concat(accountId)],
    type: u64,
    fallback: 0n,
  }),
  LastHotkeyEmissionOnNetuid: map("LastHotkeyEmissionOnNetuid", {
    keys: [blake2Concat(accountId), identity(u16)],
    type: u64,
    fallback: 0n,
  }),
  LastColdkeyHotkeyStakeBlock: map("LastColdkeyHotkeyStakeBlock", {
    keys: [twox64Concat(accountId), twox64Concat(accountId)],
    type: u64,
  }),
  IdentitiesV2: map("IdentitiesV2", { keys: [blake2Concat(accountId)], type: chainIdentity }),
  TransactionKeyLastBlock: map("TransactionKeyLastBlock", {
    keys: [blake2Concat(accountId), identity(u16), identity(u16)],
    type: u64,
    fallback: 0n,
  }),
  LastRateLimitedBlock: map("LastRateLimitedBlock", {
    keys: [identity(rateLimitKey)],
    type: u64,
    fallback: 0n,
  }),
  LastTxBlock: map("LastTxBlock", { keys: [identity(accountId)], type: u64, fallback: 0n }),
  LastTxBlockChildKeyTake: map("LastTxBlockChildKeyTake", {
    keys: [identity(accountId)],
    type: u64,
    fallback: 0n,
  }),
  LastTxBlockDelegateTake: map("LastTxBlockDelegateTake", {
    keys: [identity(accountId)],
    type: u64,
    fallback: 0n,
  }),
  RootClaimable: map("RootClaimable", {
    keys: [blake2Concat(accountId)],
    type: btreeMap(u16, i96f32),
    fallback: [],
  }),
  RootClaimed: map("RootClaimed", {
    keys: [identity(u16), blake2Concat(accountId), blake2Concat(accountId)],
    type: u128,
    fallback: 0n,
  }),
  RootClaimType: map("RootClaimType", {
    keys: [blake2Concat(accountId)],
    type: rootClaimType,
    fallback: { type: "Swap", value: undefined },
  }),
  RootClaimableThreshold: map("RootClaimableThreshold", {
    keys: [blake2Concat(u16)],
    type: i96f32,
    fallback: { bits: 2_147_483_648_000_000n },
  }),
};
