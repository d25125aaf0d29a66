/** Neurons one by one, as older clients read them. */
import {
  type AccountId,
  accountId,
  bool,
  method,
  option,
  type RuntimeApi,
  struct,
  tuple,
  u16,
  vec,
} from "../declare/index.ts";
import { hotkeyStake } from "../pallets/subtensor/share-pool.ts";
import { S } from "../pallets/subtensor/storage.ts";
import { type At, hotkeysOf, subnetExists } from "../pallets/subtensor/subnets.ts";
import { type AxonInfo, axonInfo, prometheusInfo } from "../pallets/subtensor/types.ts";
import { c16, c64 } from "./field.ts";

const head = {
  hotkey: accountId,
  coldkey: accountId,
  uid: c16,
  netuid: c16,
  active: bool,
  axon_info: axonInfo,
  prometheus_info: prometheusInfo,
  stake: vec(tuple(accountId, c64)),
  rank: c16,
  emission: c64,
  incentive: c16,
  consensus: c16,
  trust: c16,
  validator_trust: c16,
  dividends: c16,
  last_update: c64,
  validator_permit: bool,
};
const ofAccount = { parameters: { AccountId: accountId } };
const row = vec(tuple(c16, c16));

const neuronInfo = struct(
  "pallet_subtensor::rpc_info::neuron_info::NeuronInfo",
  { ...head, weights: row, bonds: row, pruning_score: c16 },
  ofAccount,
);
const neuronInfoLite = struct(
  "pallet_subtensor::rpc_info::neuron_info::NeuronInfoLite",
  { ...head, pruning_score: c16 },
  ofAccount,
);

const NOWHERE: AxonInfo = {
  block: 0n,
  version: 0,
  ip: 0n,
  port: 0,
  ip_type: 0,
  protocol: 0,
  placeholder1: 0,
  placeholder2: 0,
};

export const axonOf = ({ state }: At, netuid: number, hotkey: AccountId): AxonInfo =>
  state.get(S.Axons, netuid, hotkey) ?? NOWHERE;

/** What the chain no longer computes is filled in: rank and trust 0, pruning score the largest. */
function lite(at: At, netuid: number, uid: number, hotkey: AccountId) {
  const { state } = at;
  const coldkey = state.get(S.Owner, hotkey);
  const { protocol: _, placeholder1: __, placeholder2: ___, ...nowhere } = NOWHERE;
  return {
    hotkey,
    coldkey,
    uid,
    netuid,
    active: state.get(S.Active, netuid)[uid] ?? false,
    axon_info: axonOf(at, netuid, hotkey),
    prometheus_info: state.get(S.Prometheus, netuid, hotkey) ?? nowhere,
    stake: [[coldkey, hotkeyStake(at, hotkey, netuid)]] as [AccountId, bigint][],
    rank: 0,
    emission: state.get(S.Emission, netuid)[uid] ?? 0n,
    incentive: state.get(S.Incentive, netuid)[uid] ?? 0,
    consensus: state.get(S.Consensus, netuid)[uid] ?? 0,
    trust: 0,
    validator_trust: state.get(S.ValidatorTrust, netuid)[uid] ?? 0,
    dividends: state.get(S.Dividends, netuid)[uid] ?? 0,
    last_update: state.get(S.LastUpdate, netuid)[uid] ?? 0n,
    validator_permit: state.get(S.ValidatorPermit, netuid)[uid] ?? false,
    pruning_score: 65_535,
  };
}

function whole(at: At, netuid: number, uid: number, hotkey: AccountId) {
  const shares = (item: typeof S.Weights) => at.state.get(item, netuid, uid).filter(([, share]) => share > 0);
  return { ...lite(at, netuid, uid, hotkey), weights: shares(S.Weights), bonds: shares(S.Bonds) };
}

const neurons = <T>(at: At, netuid: number, of: typeof lite | typeof whole): T[] =>
  subnetExists(at, netuid)
    ? hotkeysOf(at, netuid).map((hotkey, uid) => of(at, netuid, uid, hotkey) as T)
    : [];

const neuron = <T>(at: At, netuid: number, uid: number, of: typeof lite | typeof whole): T | undefined =>
  subnetExists(at, netuid) && at.state.has(S.Keys, netuid, uid)
    ? (of(at, netuid, uid, at.state.get(S.Keys, netuid, uid)) as T)
    : undefined;

export const neuronInfoApi: RuntimeApi = {
  name: "NeuronInfoRuntimeApi",
  version: 1,
  methods: [
    method("get_neurons", { netuid: u16 }, vec(neuronInfo), (at, { netuid }) => neurons(at, netuid, whole)),
    method("get_neuron", { netuid: u16, uid: u16 }, option(neuronInfo), (at, { netuid, uid }) =>
      neuron(at, netuid, uid, whole),
    ),
    method("get_neurons_lite", { netuid: u16 }, vec(neuronInfoLite), (at, { netuid }) =>
      neurons(at, netuid, lite),
    ),
    method("get_neuron_lite", { netuid: u16, uid: u16 }, option(neuronInfoLite), (at, { netuid, uid }) =>
      neuron(at, netuid, uid, lite),
    ),
  ],
};
