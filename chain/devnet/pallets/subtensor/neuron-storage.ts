/** What the chain keeps for each neuron, by uid or by hotkey. */
import { tuple, vec } from "../../declare/collections.ts";
import { accountId, boundedBytes, h256 } from "../../declare/known-types.ts";
import { bool, u16, u64 } from "../../declare/numbers.ts";
import { blake2Concat, identity, storageOf, twox64Concat } from "../../declare/storage.ts";
import { NOBODY } from "../nobody.ts";
import { axonInfo, neuronCertificate, prometheusInfo } from "./types.ts";

const { map } = storageOf("SubtensorModule");

export const neuronStorage = {
  Uids: map("Uids", { keys: [identity(u16), blake2Concat(accountId)], type: u16 }),
  Keys: map("Keys", { keys: [identity(u16), identity(u16)], type: accountId, fallback: NOBODY }),
  SubnetworkN: map("SubnetworkN", { keys: [identity(u16)], type: u16, fallback: 0 }),
  IsNetworkMember: map("IsNetworkMember", {
    keys: [blake2Concat(accountId), identity(u16)],
    type: bool,
    fallback: false,
  }),
  BlockAtRegistration: map("BlockAtRegistration", {
    keys: [identity(u16), identity(u16)],
    type: u64,
    fallback: 0n,
  }),
  Active: map("Active", { keys: [identity(u16)], type: vec(bool), fallback: [] }),
  Consensus: map("Consensus", { keys: [identity(u16)], type: vec(u16), fallback: [] }),
  Incentive: map("Incentive", { keys: [identity(u16)], type: vec(u16), fallback: [] }),
  Dividends: map("Dividends", { keys: [identity(u16)], type: vec(u16), fallback: [] }),
  Emission: map("Emission", { keys: [identity(u16)], type: vec(u64), fallback: [] }),
  LastUpdate: map("LastUpdate", { keys: [identity(u16)], type: vec(u64), fallback: [] }),
  ValidatorTrust: map("ValidatorTrust", { keys: [identity(u16)], type: vec(u16), fallback: [] }),
  ValidatorPermit: map("ValidatorPermit", { keys: [identity(u16)], type: vec(bool), fallback: [] }),
  StakeWeight: map("StakeWeight", { keys: [identity(u16)], type: vec(u16), fallback: [] }),
  Weights: map("Weights", { keys: [identity(u16), identity(u16)], type: vec(tuple(u16, u16)), fallback: [] }),
  Bonds: map("Bonds", { keys: [identity(u16), identity(u16)], type: vec(tuple(u16, u16)), fallback: [] }),
  Axons: map("Axons", { keys: [identity(u16), blake2Concat(accountId)], type: axonInfo }),
  NeuronCertificates: map("NeuronCertificates", {
    keys: [identity(u16), blake2Concat(accountId)],
    type: neuronCertificate,
  }),
  Prometheus: map("Prometheus", { keys: [identity(u16), blake2Concat(accountId)], type: prometheusInfo }),
  WeightCommits: map("WeightCommits", {
    keys: [twox64Concat(u16), twox64Concat(accountId)],
    type: vec(tuple(h256, u64, u64, u64)),
  }),
  TimelockedWeightCommits: map("TimelockedWeightCommits", {
    keys: [twox64Concat(u16), twox64Concat(u64)],
    type: vec(tuple(accountId, u64, boundedBytes, u64)),
    fallback: [],
  }),
  CRV3WeightCommits: map("CRV3WeightCommits", {
    keys: [twox64Concat(u16), twox64Concat(u64)],
    type: vec(tuple(accountId, boundedBytes, u64)),
    fallback: [],
  }),
  CRV3WeightCommitsV2: map("CRV3WeightCommitsV2", {
    keys: [twox64Concat(u16), twox64Concat(u64)],
    type: vec(tuple(accountId, u64, boundedBytes, u64)),
    fallback: [],
  }),
  LoadedEmission: map("LoadedEmission", { keys: [identity(u16)], type: vec(tuple(accountId, u64, u64)) }),
};
